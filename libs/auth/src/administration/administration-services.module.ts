import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { AccountsModule } from '../accounts/accounts.module.js';
import { FactorsModule } from '../factors/factors.module.js';
import { SessionsModule } from '../sessions/sessions.module.js';
import { AdminCreationService } from './admin-creation.service.js';
import { administrationConfig } from './settings/administration.config.js';
import { AdministrationService } from './administration.service.js';
import { FactorRemovalService } from './factor-removal.service.js';
import { Confirmation } from './four-eyes/confirmation.entity.js';
import { FourEyesService } from './four-eyes/four-eyes.service.js';
import { OperatorAccessModule } from './operator-access.module.js';
import { RoleReviewService } from './role-review.service.js';
import { UserListService } from './user-list.service.js';
import { UserSessionService } from './user-session.service.js';

const SERVICES = [
  AdminCreationService,
  AdministrationService,
  FactorRemovalService,
  FourEyesService,
  RoleReviewService,
  UserListService,
  UserSessionService,
];

/** What administrators do to accounts: routes and commands call the same services. */
@Module({
  imports: [
    AccountsModule,
    SessionsModule,
    FactorsModule,
    OperatorAccessModule,
    ConfigModule.forFeature(administrationConfig),
    MikroOrmModule.forFeature([Confirmation]),
  ],
  providers: SERVICES,
  exports: [...SERVICES, OperatorAccessModule],
})
export class AdministrationServicesModule {}
