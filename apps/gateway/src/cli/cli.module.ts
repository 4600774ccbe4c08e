import { AdministrationServicesModule, SigningKeysModule } from '@app/auth';
import { UsageReportModule } from '@app/chat';
import { ConnectionRecordsModule } from '@app/connections';
import { LoggingModule } from '@app/logging';
import {
  BlocksModule,
  IncidentsModule,
  LimitChangesModule,
  LogLevelChangesModule,
  NotificationsModule,
  SecurityEventsModule,
  SwitchesModule,
} from '@app/operations';
import { PersistenceModule } from '@app/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';

/** What commands need of the gateway: the database, the audit trail and the services that do the work; no HTTP. */
@Module({})
export class CliModule {
  static async forRoot(): Promise<DynamicModule> {
    return {
      module: CliModule,
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        await PersistenceModule.forRoot(),
        // Standard output is for the answer of the command. Lines that only inform would repeat what it has changed.
        LoggingModule.forRoot({
          omitsInfo: true,
          destination: { write: (line: string) => void process.stderr.write(line) },
        }),
        AdministrationServicesModule,
        SigningKeysModule,
        BlocksModule,
        SwitchesModule,
        NotificationsModule,
        SecurityEventsModule,
        IncidentsModule,
        LimitChangesModule,
        LogLevelChangesModule,
        UsageReportModule,
        ConnectionRecordsModule,
      ],
    };
  }
}
