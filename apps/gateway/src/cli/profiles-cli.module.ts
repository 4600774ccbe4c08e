import { AuthoringModule } from '@app/chat';
import { LoggingModule } from '@app/logging';
import { McpModule } from '@app/mcp';
import { SwitchesModule } from '@app/operations';
import { PersistenceModule } from '@app/persistence';
import { type DynamicModule, Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { PersonalToolsLinkModule } from '../personal-tools/personal-tools-link.module.js';
import { PersonalToolsLink } from '../personal-tools/personal-tools.link.js';

/** What commands on profiles need of the gateway: the profiles, and connections to their servers. */
@Module({})
export class ProfilesCliModule {
  static async forRoot(): Promise<DynamicModule> {
    return {
      module: ProfilesCliModule,
      imports: [
        ConfigModule.forRoot({ ignoreEnvFile: true }),
        await PersistenceModule.forRoot(),
        // Standard output is for the answer of the command.
        LoggingModule.forRoot({
          destination: { write: (line: string) => void process.stderr.write(line) },
          // That a connection was opened and closed is no news between two questions.
          omitsInfo: true,
        }),
        McpModule.forRoot({
          imports: [PersonalToolsLinkModule],
          builtInServers: PersonalToolsLink,
        }),
        AuthoringModule,
        SwitchesModule,
      ],
    };
  }
}
