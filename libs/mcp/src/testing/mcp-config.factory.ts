import type { McpConfig } from '../mcp.config.js';

/** The configuration by default, outside of production. Its folder does not exist. */
export function anMcpConfig(overrides: Partial<McpConfig> = {}): McpConfig {
  return {
    dataDir: '/nonexistent',
    idleSeconds: 300,
    maxConnections: 200,
    maxProcesses: 50,
    queueLength: 1000,
    queueSeconds: 15,
    allowsLoopback: true,
    secrets: new Map(),
    ...overrides,
  };
}
