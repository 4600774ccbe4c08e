import type { Transport } from '@modelcontextprotocol/client';

/** The MCP servers that live in this process. The composing app provides them to `McpModule.forRoot`. */
export interface BuiltInMcpServers {
  /** Opens the client's end of a connection made for this user alone. Called only when `has(name)`. */
  connect(name: string, accountId: string): Promise<Transport>;
  has(name: string): boolean;
}
export const BuiltInMcpServers = Symbol('BuiltInMcpServers');

export const noBuiltInServers: BuiltInMcpServers = {
  connect: (name) => Promise.reject(new Error(`No built-in server ${name}`)),
  has: () => false,
};
