export { McpModule, type McpModuleOptions } from './mcp.module.js';
export { exactNumber, parseExactJson } from './json/exact-json.js';
export { McpConnections } from './connections/mcp-connections.js';
export { McpError, type McpErrorCode } from './mcp.error.js';
export { UserFiles } from './user-files/user-files.js';
export { keepsUserFiles, keepsUsersElsewhere } from './targets/placeholders.js';
export { mcpConfig, type McpConfig } from './mcp.config.js';
export { BuiltInMcpServers } from './targets/built-in-servers.js';
export type { McpServerSpec, McpTarget, McpTool, McpToolResult } from './targets/mcp-target.js';
