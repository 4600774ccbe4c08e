import { Injectable } from '@nestjs/common';
import { McpConnections } from '../connections/mcp-connections.js';
import type { McpPrompt, McpTarget, McpToolResult } from '../targets/mcp-target.js';

/** The prompts of MCP servers, over the connections that their tools are called on. Every method throws `McpError` and nothing else. */
@Injectable()
export class McpPrompts {
  constructor(private readonly connections: McpConnections) {}

  /** The server's prompts: at most 200, with cleaned descriptions, read again after a minute at the latest. */
  list(target: McpTarget, { signal }: { signal: AbortSignal }): Promise<McpPrompt[]> {
    return this.connections.use(target, { signal }, (connection) => connection.listPrompts(signal));
  }

  /** What a prompt says, or, as an error, why the server refuses it. It is the server's text, cleaned and bounded. */
  get(
    target: McpTarget,
    name: string,
    args: Record<string, string>,
    { signal, maxBytes }: { signal: AbortSignal; maxBytes: number },
  ): Promise<McpToolResult> {
    return this.connections.use(target, { signal }, (connection) =>
      connection.bounded(signal, () => connection.prompts.get(name, args, signal, maxBytes)),
    );
  }
}
