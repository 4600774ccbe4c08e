export { AddressRules } from './addresses/address-rules.js';
export { guardedFetch, type GuardedFetch } from './addresses/guarded-fetch.js';
export { McpModule, type McpModuleOptions } from './mcp.module.js';
export { exactNumber, parseExactJson } from './json/exact-json.js';
export { canonicalDigest, canonicalJson } from './json/canonical-json.js';
export { McpConnections } from './connections/mcp-connections.js';
export type { ServerHealth } from './connections/server-readings.js';
export { McpPrompts } from './prompts/mcp-prompts.js';
export { McpError, type McpErrorCode } from './mcp.error.js';
export type { McpFile } from './files/mcp-file.js';
export { UserFiles } from './user-files/user-files.js';
export { fillPlaceholders, keepsUserFiles, keepsUsersElsewhere } from './targets/placeholders.js';
export { mcpConfig, type McpConfig } from './mcp.config.js';
export { BuiltInMcpServers } from './targets/built-in-servers.js';
export type { McpContinuation, McpDialog, McpInputRequired } from './dialog/mcp-dialog.js';
export type {
  Sample,
  SamplingAnswer,
  SamplingRefusal,
  SamplingRequest,
} from './dialog/sampling-request.js';
export type { McpAnswer, McpField, McpQuestion } from './dialog/mcp-question.js';
export { checkAnswer, type FieldFault } from './dialog/check-answer.js';
export {
  type ServerCredential,
  ServerCredentials,
  type TokenChallenge,
} from './targets/server-credentials.js';
export { challengeParameters } from './transports/bearer-challenge.js';
export type {
  McpAuthorization,
  McpPrompt,
  McpServerDescription,
  McpServerSpec,
  McpTarget,
  McpTool,
  McpToolResult,
} from './targets/mcp-target.js';
export type { McpProgress } from './dialog/read-progress.js';
export { SandboxTools } from './sandbox/sandbox-tools.js';
