import {
  AuthModule,
  DpopGuard,
  JwtAuthGuard,
  KnownDeviceGuard,
  RolesGuard,
  SecondFactorGuard,
  StepUpGuard,
  VerifiedEmailGuard,
} from '@app/auth';
import { ChatModule } from '@app/chat';
import { AuditInterceptor, LoggingModule, type LoggingModuleOptions } from '@app/logging';
import { McpModule } from '@app/mcp';
import { PersistenceModule } from '@app/persistence';
import { PrivacyModule } from '@app/privacy';
import {
  ClientThrottlerGuard,
  EnvelopeInterceptor,
  ErrorStatuses,
  inputPipe,
  LoginThrottlerGuard,
  PrincipalThrottlerGuard,
  SafeErrorFilter,
  SecurityModule,
} from '@app/security';
import { type DynamicModule, Module, type Provider } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { APP_FILTER, APP_GUARD, APP_INTERCEPTOR, APP_PIPE } from '@nestjs/core';
import { ERROR_STATUSES } from './error-statuses.js';
import { openApiConfig } from './openapi/openapi.config.js';
import { HealthModule } from './health/health.module.js';
import { PersonalToolsLinkModule } from './personal-tools/personal-tools-link.module.js';
import { PersonalToolsLink } from './personal-tools/personal-tools.link.js';
import { PERSONAL_DATA } from './personal-data.js';
import { UnknownRouteController } from './unknown-routes/unknown-route.controller.js';

/** Every global policy, in the order in which a request meets it. */
const POLICIES: Provider[] = [
  { provide: APP_GUARD, useClass: ClientThrottlerGuard },
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
  // The envelope is outermost: the audit sees what the handler returned, and its record is written before that leaves.
  { provide: APP_INTERCEPTOR, useClass: EnvelopeInterceptor },
  { provide: APP_INTERCEPTOR, useClass: AuditInterceptor },
  { provide: APP_FILTER, useClass: SafeErrorFilter },
  { provide: ErrorStatuses, useValue: ERROR_STATUSES },
];

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
        SecurityModule,
        AuthModule,
        McpModule.forRoot({
          imports: [PersonalToolsLinkModule],
          builtInServers: PersonalToolsLink,
        }),
        ChatModule,
        PrivacyModule.forRoot({
          imports: [ChatModule, PersonalToolsLinkModule, SecurityModule],
          sources: PERSONAL_DATA,
        }),
        HealthModule,
      ],
      // Routes are matched in the order of the modules; the catch-all belongs to the root, which comes last.
      controllers: [UnknownRouteController],
      providers: POLICIES,
    };
  }
}
