import {
  Module,
  type DynamicModule,
  type InjectionToken,
  type ModuleMetadata,
} from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { McpConnections } from './connections/mcp-connections.js';
import { mcpConfig } from './mcp.config.js';
import { BuiltInMcpServers, noBuiltInServers } from './targets/built-in-servers.js';
import { SandboxTools } from './sandbox/sandbox-tools.js';
import { McpPrompts } from './prompts/mcp-prompts.js';
import { noServerCredentials, ServerCredentials } from './targets/server-credentials.js';
import { UserFiles } from './user-files/user-files.js';

export interface McpModuleOptions {
  /** The modules that export the providers of `builtInServers` and `credentials`. */
  imports?: ModuleMetadata['imports'];
  /** The provider that implements `BuiltInMcpServers`. @default no built-in servers */
  builtInServers?: InjectionToken<BuiltInMcpServers>;
  /** The provider that implements `ServerCredentials`. @default no user has connected any server */
  credentials?: InjectionToken<ServerCredentials>;
}

/** Connections to MCP servers. Configured once by the root module; global, as each process has a single pool. */
@Module({})
export class McpModule {
  static forRoot({
    imports = [],
    builtInServers,
    credentials,
  }: McpModuleOptions = {}): DynamicModule {
    return {
      module: McpModule,
      global: true,
      imports: [ConfigModule.forFeature(mcpConfig), ...imports],
      providers: [
        builtInServers
          ? { provide: BuiltInMcpServers, useExisting: builtInServers }
          : { provide: BuiltInMcpServers, useValue: noBuiltInServers },
        credentials
          ? { provide: ServerCredentials, useExisting: credentials }
          : { provide: ServerCredentials, useValue: noServerCredentials },
        // Two of them would each try what the system allows.
        { provide: SandboxTools, useFactory: () => new SandboxTools() },
        McpConnections,
        McpPrompts,
        UserFiles,
      ],
      exports: [McpConnections, McpPrompts, BuiltInMcpServers, SandboxTools, UserFiles],
    };
  }
}
