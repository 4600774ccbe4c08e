import { MikroOrmModule } from '@mikro-orm/nestjs';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { LoggerModule } from 'nestjs-pino';
import pino, { type DestinationStream } from 'pino';
import { AuditDataSource } from './audit/audit-data.source.js';
import { AuditRecord } from './audit/audit-record.entity.js';
import { AuditedCalls } from './audit/audited-calls.js';
import { AuditTrail } from './audit/audit-trail.js';
import { bufferedOutput } from './logger/buffered-output.js';
import { pinoOptions } from './logger/pino-options.js';
import { loggingConfig } from './logging.config.js';

export interface LoggingModuleOptions {
  /** Where the lines go. @default standard output, in blocks */
  readonly destination?: DestinationStream;
}

/** The logger behind Nest's own `Logger`, and the audit trail. */
@Module({})
export class LoggingModule {
  static forRoot(options: LoggingModuleOptions = {}): DynamicModule {
    return {
      module: LoggingModule,
      global: true,
      imports: [
        MikroOrmModule.forFeature([AuditRecord]),
        LoggerModule.forRootAsync({
          imports: [ConfigModule.forFeature(loggingConfig)],
          inject: [loggingConfig.KEY],
          useFactory: (config: ConfigType<typeof loggingConfig>) => ({
            pinoHttp: {
              logger: pino(pinoOptions(config), options.destination ?? bufferedOutput()),
            },
            // Requests are logged by a hook of the server, at a fraction of what a middleware costs.
            useExisting: true,
            forRoutes: [],
          }),
        }),
      ],
      providers: [AuditDataSource, AuditedCalls, AuditTrail],
      exports: [AuditDataSource, AuditedCalls, AuditTrail],
    };
  }
}
