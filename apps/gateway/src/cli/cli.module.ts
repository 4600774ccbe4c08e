import { AdminCliModule, SigningKeysModule } from '@app/auth';
import { LoggingModule } from '@app/logging';
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
        // Standard output is for the answer of the command.
        LoggingModule.forRoot({
          destination: { write: (line: string) => void process.stderr.write(line) },
        }),
        AdminCliModule,
        SigningKeysModule,
      ],
    };
  }
}
