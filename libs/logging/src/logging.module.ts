import { persistenceConfig } from '@app/persistence';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { LoggerModule } from 'nestjs-pino';
import { AuditDataSource } from './audit-erasure/audit-data.source.js';
import { RedactionService } from './audit-erasure/redaction.service.js';
import { AuditExportService } from './audit-export/audit-export.service.js';
import { AuditRecord } from './audit/audit-record.entity.js';
import { AuditRecordFactory } from './audit/audit-record.factory.js';
import { AuditAlarmService } from './audit-chain/audit-alarm.service.js';
import { ChainVerifier } from './audit-chain/chain-verifier.js';
import { CheckpointService } from './audit-chain/checkpoint.service.js';
import { ChainOriginService } from './audit-chain/chain-origin.service.js';
import { SealService } from './audit-chain/seal.service.js';
import { AuditKeysService } from './audit-keys/audit-keys.service.js';
import { auditConfig } from './audit-keys/audit.config.js';
import { AuditedCalls } from './audit/audited-calls.js';
import { AuditTrail } from './audit/audit-trail.js';
import { AuditedAccountsService } from './audit/audited-accounts.service.js';
import { LogLevels } from './logger/log-levels.js';
import { LogLevelsModule } from './logger/log-levels.module.js';
import { type LoggingModuleOptions, openLogger } from './logger/open-logger.js';
import { loggingConfig } from './logging.config.js';

const SERVICES = [
  AuditAlarmService,
  AuditDataSource,
  AuditedAccountsService,
  AuditedCalls,
  AuditExportService,
  AuditKeysService,
  AuditRecordFactory,
  AuditTrail,
  ChainVerifier,
  CheckpointService,
  SealService,
];

/** The logger behind Nest's own `Logger`, and the audit trail. */
@Module({})
export class LoggingModule {
  static forRoot(options: LoggingModuleOptions = {}): DynamicModule {
    return {
      module: LoggingModule,
      global: true,
      imports: [
        ConfigModule.forFeature(auditConfig),
        ConfigModule.forFeature(persistenceConfig),
        MikroOrmModule.forFeature([AuditRecord]),
        LogLevelsModule,
        LoggerModule.forRootAsync({
          imports: [ConfigModule.forFeature(loggingConfig), LogLevelsModule],
          inject: [loggingConfig.KEY, LogLevels],
          useFactory: async (config: ConfigType<typeof loggingConfig>, levels: LogLevels) => ({
            pinoHttp: {
              logger: await openLogger(config, levels, options),
            },
            // Requests are logged by a hook of the server, at a fraction of what a middleware costs.
            useExisting: true,
            forRoutes: [],
          }),
        }),
      ],
      providers: [...SERVICES, ChainOriginService, RedactionService],
      exports: [...SERVICES, LogLevelsModule],
    };
  }
}
