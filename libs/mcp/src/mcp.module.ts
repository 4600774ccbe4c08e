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
import { UserFiles } from './user-files/user-files.js';

export interface McpModuleOptions {
  /** The modules that export the provider of `builtInServers`. */
  imports?: ModuleMetadata['imports'];
  /** The provider that implements `BuiltInMcpServers`. @default no built-in servers */
  builtInServers?: InjectionToken<BuiltInMcpServers>;
}

/** Connections to MCP servers. Configured once by the root module; global, as each process has a single pool. */
@Module({})
export class McpModule {
  static forRoot({ imports = [], builtInServers }: McpModuleOptions = {}): DynamicModule {
    return {
      module: McpModule,
      global: true,
      imports: [ConfigModule.forFeature(mcpConfig), ...imports],
      providers: [
        builtInServers
          ? { provide: BuiltInMcpServers, useExisting: builtInServers }
          : { provide: BuiltInMcpServers, useValue: noBuiltInServers },
        McpConnections,
        UserFiles,
      ],
      exports: [McpConnections, BuiltInMcpServers, UserFiles],
    };
  }
}
