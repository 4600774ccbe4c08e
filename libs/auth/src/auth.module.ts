import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { Account } from './accounts/account.entity.js';
import { authConfig } from './auth.config.js';
import { PasswordHasher } from './credentials/password-hasher.service.js';
import { ExpiredSessions } from './sessions/expired-sessions.js';
import { RefreshToken } from './sessions/refresh-token.entity.js';
import { RefreshTokenService } from './sessions/refresh-token.service.js';
import { Session } from './sessions/session.entity.js';
import { SessionService } from './sessions/session.service.js';
import { AuthController } from './sign-in/auth.controller.js';
import { SignInService } from './sign-in/sign-in.service.js';
import { AccessTokenService } from './tokens/access-token.service.js';
import { JwtStrategy } from './tokens/jwt.strategy.js';
import { PrincipalCache } from './tokens/principal-cache.js';

/** Accounts, their sessions and tokens. What its guard needs is exported; the guard itself is bound by the root. */
@Module({
  imports: [
    ConfigModule.forFeature(authConfig),
    MikroOrmModule.forFeature([Account, Session, RefreshToken]),
    JwtModule.register({}),
    PassportModule,
  ],
  controllers: [AuthController],
  providers: [
    AccessTokenService,
    ExpiredSessions,
    JwtStrategy,
    PasswordHasher,
    PrincipalCache,
    RefreshTokenService,
    SessionService,
    SignInService,
  ],
  exports: [PrincipalCache, SessionService],
})
export class AuthModule {}
