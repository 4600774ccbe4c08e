import { persistenceConfig } from '@app/persistence';
import { SecurityModule } from '@app/security';
import { SwitchBoardModule } from '@app/switches';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { JwtModule } from '@nestjs/jwt';
import { PassportModule } from '@nestjs/passport';
import { AccountsModule } from '../accounts/accounts.module.js';
import { AccessBlocks } from './access-blocks.js';
import { AccessRevocationService } from './access-revocation.service.js';
import { KnownDevice } from './devices/known-device.entity.js';
import { KnownDeviceService } from './devices/known-device.service.js';
import { DpopNonceService } from './dpop/dpop-nonce.service.js';
import { DpopProofService } from './dpop/dpop-proof.service.js';
import { dpopConfig } from './dpop/dpop.config.js';
import { ProofReplayService } from './dpop/proof-replay.service.js';
import { StoredProofService } from './dpop/stored-proof.service.js';
import { EndedSessionsJob } from './ended-sessions.job.js';
import { JwtStrategy } from './guards/jwt.strategy.js';
import { OwnSessionService } from './own-session.service.js';
import { RefreshToken } from './refresh-token.entity.js';
import { RefreshTokenService } from './refresh-token.service.js';
import { SessionOpeningService } from './session-opening.service.js';
import { SessionReplacementService } from './session-replacement.service.js';
import { sessionConfig } from './session.config.js';
import { SessionActivityService } from './session-activity.service.js';
import { SessionController } from './session.controller.js';
import { Session } from './session.entity.js';
import { SessionGenerationService } from './session-generation.service.js';
import { SessionService } from './session.service.js';
import { StreamsOfSessionsJob } from './streams-of-sessions.job.js';
import { AccessTokenService } from './tokens/access-token.service.js';
import { SigningKeysModule } from './tokens/signing-keys.module.js';

/** Sessions, their tokens and devices. The root module binds the global guards, which need these exports. */
@Module({
  imports: [
    AccountsModule,
    SigningKeysModule,
    ConfigModule.forFeature(sessionConfig),
    ConfigModule.forFeature(dpopConfig),
    ConfigModule.forFeature(persistenceConfig),
    MikroOrmModule.forFeature([KnownDevice, RefreshToken, Session]),
    JwtModule.register({}),
    PassportModule,
    SecurityModule,
    SwitchBoardModule,
  ],
  controllers: [SessionController],
  providers: [
    AccessBlocks,
    AccessTokenService,
    DpopNonceService,
    DpopProofService,
    AccessRevocationService,
    EndedSessionsJob,
    JwtStrategy,
    KnownDeviceService,
    OwnSessionService,
    ProofReplayService,
    RefreshTokenService,
    SessionActivityService,
    SessionGenerationService,
    SessionOpeningService,
    SessionReplacementService,
    SessionService,
    StoredProofService,
    StreamsOfSessionsJob,
  ],
  exports: [
    ConfigModule,
    SigningKeysModule,
    AccessBlocks,
    DpopProofService,
    AccessRevocationService,
    KnownDeviceService,
    RefreshTokenService,
    SessionActivityService,
    SessionGenerationService,
    SessionOpeningService,
    SessionReplacementService,
    SessionService,
  ],
})
export class SessionsModule {}
