import { Module } from '@nestjs/common';
import { AccountsModule } from './accounts/accounts.module.js';
import { AdministrationModule } from './administration/administration.module.js';
import { FactorsModule } from './factors/factors.module.js';
import { PersonalDataModule } from './personal-data/personal-data.module.js';
import { SessionsModule } from './sessions/sessions.module.js';
import { SignInModule } from './sign-in/sign-in.module.js';

const WINGS = [
  AccountsModule,
  SessionsModule,
  FactorsModule,
  SignInModule,
  AdministrationModule,
  PersonalDataModule,
];

/** The wings of this library, in the order of their imports. The root module binds their guards. */
@Module({ imports: WINGS, exports: WINGS })
export class AuthModule {}
