import {
  authChallenges,
  AuthModule,
  dpopConfig,
  DpopGuard,
  JwtAuthGuard,
  KnownDeviceGuard,
  RolesGuard,
  SecondFactorGuard,
  StepUpGuard,
  VerifiedEmailGuard,
} from '@app/auth';
import { BackupReadingsModule } from '@app/backup';
import { ChatModule, ConnectedRuns } from '@app/chat';
import { ConnectionsModule, ConnectionTokens, ConnectionTokensModule } from '@app/connections';
import { AuditChainModule, LoggingModule, type LoggingModuleOptions } from '@app/logging';
import { McpModule } from '@app/mcp';
import { OperationsModule, SecurityEventsModule } from '@app/operations';
import { isDatabaseOutage, PersistenceModule } from '@app/persistence';
import { PrivacyModule } from '@app/privacy';
import {
  AuthChallenges,
  ClientThrottlerGuard,
  ErrorStatuses,
  HeadGuard,
  inputPipe,
  LoginThrottlerGuard,
  OutageTest,
  PrincipalThrottlerGuard,
  SafeErrorFilter,
  SecurityModule,
} from '@app/security';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { APP_FILTER, APP_GUARD, APP_PIPE } from '@nestjs/core';
import { ERROR_STATUSES } from './errors/error-statuses.js';
import { openApiConfig } from './openapi/openapi.config.js';
import { ProfileServers } from './connections/profile-servers.js';
import { ProfileServersModule } from './connections/profile-servers.module.js';
import { HealthModule } from './health/health.module.js';
import { PersonalToolsLinkModule } from './personal-tools/personal-tools-link.module.js';
import { PersonalToolsLink } from './personal-tools/personal-tools.link.js';
import { PERSONAL_DATA } from './personal-data.js';
import { UnknownRouteController } from './unknown-routes/unknown-route.controller.js';
import { WelcomeController } from './welcome/welcome.controller.js';

/**
 * Every global policy, in the order in which a request meets it. Interceptors are bound to the routes that need one, by
 * `@Audit(…)` for example: what a handler returns goes through them, then into the envelope (`EnvelopeAdapter`).
 */
const POLICIES: Provider[] = [
  // `limitBeforeBody` has it count LIMIT_API earlier still, also for what never gets here.
  { provide: APP_GUARD, useExisting: ClientThrottlerGuard },
  { provide: APP_GUARD, useClass: HeadGuard },
  { provide: APP_GUARD, useClass: KnownDeviceGuard },
  { provide: APP_GUARD, useClass: LoginThrottlerGuard },
  { provide: APP_GUARD, useClass: JwtAuthGuard },
  { provide: APP_GUARD, useClass: DpopGuard },
  { provide: APP_GUARD, useClass: RolesGuard },
  { provide: APP_GUARD, useClass: PrincipalThrottlerGuard },
  { provide: APP_GUARD, useClass: VerifiedEmailGuard },
  { provide: APP_GUARD, useClass: SecondFactorGuard },
  { provide: APP_GUARD, useClass: StepUpGuard },
  { provide: APP_PIPE, useFactory: inputPipe },
  { provide: APP_FILTER, useClass: SafeErrorFilter },
  { provide: ErrorStatuses, useValue: ERROR_STATUSES },
  {
    provide: AuthChallenges,
    useFactory: ({ isRequired }: ConfigType<typeof dpopConfig>) => authChallenges(isRequired),
    inject: [dpopConfig.KEY],
  },
  { provide: OutageTest, useValue: isDatabaseOutage },
];

/** Imported twice, it is one module. */
const CONNECTIONS = ConnectionsModule.forRoot({
  imports: [ProfileServersModule],
  servers: ProfileServers,
  listener: ConnectedRuns,
});

/** The composition: libraries, policies, and what only the process as a whole can answer. */
@Module({})
export class GatewayModule {
  static async forRoot(logging: LoggingModuleOptions = {}): Promise<DynamicModule> {
    return {
      module: GatewayModule,
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true, load: [openApiConfig] }),
        await PersistenceModule.forRoot(),
        LoggingModule.forRoot(logging),
        AuditChainModule,
        SecurityModule,
        AuthModule,
        McpModule.forRoot({
          imports: [ConnectionTokensModule, PersonalToolsLinkModule],
          builtInServers: PersonalToolsLink,
          credentials: ConnectionTokens,
        }),
        ChatModule,
        CONNECTIONS,
        OperationsModule,
        PrivacyModule.forRoot({
          imports: [
            ChatModule,
            CONNECTIONS,
            OperationsModule,
            PersonalToolsLinkModule,
            SecurityEventsModule,
            SecurityModule,
          ],
          sources: PERSONAL_DATA,
        }),
        BackupReadingsModule,
        HealthModule,
      ],
      // Routes are matched in the order of the modules; the catch-all belongs to the root, which comes last.
      controllers: [WelcomeController, UnknownRouteController],
      providers: POLICIES,
    };
  }
}
