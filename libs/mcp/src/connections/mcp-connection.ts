import {
  ProtocolError,
  type Client,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import { McpError } from '../mcp.error.js';
import { MAX_PAGES, MAX_TOOLS, toToolList } from '../results/tool-list.js';
import { toRefusal, toToolResult } from '../results/tool-result.js';
import type { McpTool, McpToolResult } from '../targets/mcp-target.js';
import { HttpTransport } from '../transports/http.transport.js';
import { StdioTransport } from '../transports/stdio.transport.js';
import { NO_TIMEOUT_MS } from '../transports/transport-limits.js';
import { breaksConnection, toMcpError } from './to-mcp-error.js';
import { abortError } from './until-aborted.js';

/** Announcements of a changed list do not reach us from every server, so a list is not trusted for longer. Milliseconds. */
const TOOLS_MAX_AGE_MS = 60_000;
/** How long a server may take to forget the session of a closed connection. Milliseconds. */
const GOODBYE_MS = 1000;

/** JSON-RPC errors that are about the protocol; all others are the server's refusal of this one call. */
const PROTOCOL_ERRORS = new Set([-32700, -32600, -32601, -32020, -32021, -32022]);

/** An open connection to one MCP server. */
export class McpConnection {
  /** Set when the next call should have a connection of its own: this one is broken, or a call on it hangs. */
  unusable = false;
  private gone = false;
  /** Why this side closed it. */
  private closedBecause: McpError | undefined;
  private tools: { list: McpTool[]; readAt: number } | undefined;
  private toolsVersion = 0;

  constructor(
    private readonly client: Client,
    private readonly transport: Transport,
    onClosed: () => void,
  ) {
    client.onclose = () => {
      this.unusable = true;
      this.gone = true;
      onClosed();
    };
    client.setNotificationHandler('notifications/tools/list_changed', () => {
      this.tools = undefined;
      this.toolsVersion += 1;
    });
  }

  /** All pages of the server's tools, from memory for up to a minute. */
  async listTools(signal: AbortSignal): Promise<McpTool[]> {
    if (this.tools && Date.now() - this.tools.readAt < TOOLS_MAX_AGE_MS) return this.tools.list;
    if (!this.client.getServerCapabilities()?.tools) return [];
    const version = this.toolsVersion;
    const list = toToolList(await this.bounded(signal, () => this.readPages(signal)));
    if (version === this.toolsVersion) this.tools = { list, readAt: Date.now() };
    return list;
  }

  /** Sends the call once; whatever happens, it is not sent again. */
  async callTool(
    name: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
    maxResultBytes: number,
  ): Promise<McpToolResult> {
    const toolDefinition = await this.definition(name, signal);
    return this.bounded(signal, async () => {
      try {
        const result = await this.client.callTool(
          { name, arguments: args },
          // With a definition the SDK does not repeat a call that the server refused because of its headers.
          { signal, timeout: NO_TIMEOUT_MS, toolDefinition },
        );
        return toToolResult(result, maxResultBytes);
      } catch (error) {
        if (!isRefusal(error)) throw error;
        return toRefusal(error.message, maxResultBytes);
      }
    });
  }

  /** Ends the connection and every call on it. Resolves when the child process, if there is one, is gone. */
  async close(
    because = new McpError('mcp_cancelled', 'The connection was closed.'),
  ): Promise<void> {
    if (!this.gone) this.closedBecause ??= because;
    this.unusable = true;
    if (this.transport instanceof HttpTransport) await this.sayGoodbye(this.transport);
    await this.client.close().catch(() => undefined);
    await this.transport.close().catch(() => undefined);
    if (this.transport instanceof StdioTransport) await this.transport.exited;
  }

  private async bounded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    try {
      return await work();
    } catch (error) {
      if (signal.aborted) {
        const aborted = abortError(signal);
        // A child that let a deadline pass may be stuck, and would let every other call wait behind this one.
        if (aborted.code === 'mcp_timeout' && this.transport instanceof StdioTransport) {
          this.unusable = true;
        }
        throw aborted;
      }
      if (breaksConnection(error)) this.unusable = true;
      throw this.closedBecause ?? this.transportFailure() ?? toMcpError(error);
    }
  }

  private transportFailure(): McpError | undefined {
    return this.transport instanceof StdioTransport ? this.transport.failure : undefined;
  }

  /** Page by page, as the SDK's own walk prints names that the server chose to the console. */
  private async readPages(signal: AbortSignal): Promise<Tool[]> {
    const tools: Tool[] = [];
    let cursor: string | undefined;
    for (let page = 0; page < MAX_PAGES; page += 1) {
      const result = await this.client.request(
        { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
        { signal, timeout: NO_TIMEOUT_MS },
      );
      tools.push(...result.tools);
      cursor = result.nextCursor;
      if (cursor === undefined) return tools;
      if (tools.length > MAX_TOOLS) break;
    }
    throw new McpError('mcp_result_too_large', 'The tool server offers too many tools.');
  }

  /** From 2026 on a tool may want arguments repeated as HTTP headers, which only its definition tells. */
  private async definition(name: string, signal: AbortSignal): Promise<Tool> {
    const needed =
      this.transport instanceof HttpTransport && this.client.getProtocolEra() === 'modern';
    const tool = needed
      ? (await this.listTools(signal)).find((candidate) => candidate.name === name)
      : undefined;
    return { name, inputSchema: { type: 'object', ...tool?.inputSchema } } as Tool;
  }

  private async sayGoodbye(transport: HttpTransport): Promise<void> {
    const limit = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
    await Promise.race([transport.terminateSession().catch(() => undefined), limit]);
  }
}

function isRefusal(error: unknown): error is ProtocolError {
  return (
    error instanceof ProtocolError &&
    !(error.data instanceof McpError) &&
    !PROTOCOL_ERRORS.has(error.code)
  );
}
