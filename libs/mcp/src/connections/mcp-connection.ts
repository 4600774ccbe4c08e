import {
  ProtocolError,
  type Client,
  type StandardSchemaV1,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import { isObject } from '../json/json-text.js';
import { McpError } from '../mcp.error.js';
import { MAX_PAGES, ToolList, type ToolFault } from '../results/tool-list.js';
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

/** Errors of 2026 that are about headers and versions, hence ours; all others, and any of an older server, are the server's refusal of this one call. */
const PROTOCOL_ERRORS = new Set([-32020, -32021, -32022]);

const METHOD_NOT_FOUND = -32601;

/** Lets a result through as it is: it is read here, part by part, where the SDK would refuse it as a whole. */
const anything: StandardSchemaV1<unknown, unknown> = {
  '~standard': { version: 1, vendor: 'gateway', validate: (value) => ({ value }) },
};

/** An open connection to one MCP server. */
export class McpConnection {
  /** Set when the next call should have a connection of its own: this one is broken, or a call on it hangs. */
  unusable = false;
  private gone = false;
  /** Why this side closed it. */
  private closedBecause: McpError | undefined;
  private tools: { list: McpTool[]; readAt: number } | undefined;
  private toolsVersion = 0;
  /** The list is read again and again; each of its faults is told once. */
  private readonly toldFaults = new Set<string>();

  constructor(
    private readonly client: Client,
    private readonly transport: Transport,
    private readonly onToolFault: (fault: ToolFault) => void,
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

  /** Why the connection broke, where its transport knows better than the SDK. */
  get failure(): McpError | undefined {
    if (!(this.transport instanceof StdioTransport)) return undefined;
    const { failure, endedByItself } = this.transport;
    if (failure || endedByItself === undefined) return failure;
    const reason = `The process ended by itself: ${endedByItself}.`;
    return new McpError('mcp_unavailable', undefined, { reason });
  }

  /** What a server in a process wrote to stderr last. */
  lastWords(): string[] {
    return this.transport instanceof StdioTransport ? this.transport.lastWords() : [];
  }

  /** All pages of the server's tools, from memory for up to a minute. */
  async listTools(signal: AbortSignal): Promise<McpTool[]> {
    if (this.tools && Date.now() - this.tools.readAt < TOOLS_MAX_AGE_MS) return this.tools.list;
    const version = this.toolsVersion;
    const list = await this.bounded(signal, () => this.readTools(signal));
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
    const params = { name, arguments: args };
    const options = { signal, timeout: NO_TIMEOUT_MS };
    const toolDefinition = this.mirrorsArguments ? await this.definition(name, signal) : undefined;
    return this.bounded(signal, async () => {
      try {
        const result = toolDefinition
          ? // With a definition the SDK does not repeat a call that the server refused because of its headers.
            await this.client.callTool(params, { ...options, toolDefinition })
          : await this.client.request({ method: 'tools/call', params }, anything, options);
        return toToolResult(result, maxResultBytes);
      } catch (error) {
        if (!this.isRefusal(error)) throw error;
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
      throw this.closedBecause ?? this.failure ?? toMcpError(error);
    }
  }

  /** Page by page and tool by tool. A list without end, or whose pages repeat, ends at a bound. */
  private async readTools(signal: AbortSignal): Promise<McpTool[]> {
    const list = new ToolList();
    const seen = new Set<string>();
    let cursor: string | undefined;
    do {
      const page = await this.readPage(cursor, signal).catch((error: unknown) => {
        if (cursor === undefined || toMcpError(error).code !== 'mcp_protocol_error') throw error;
        list.cut('', 'The list is cut: its next page cannot be read.');
        return { tools: [], nextCursor: undefined };
      });
      for (const tool of page.tools) list.add(tool);
      const { nextCursor } = page;
      cursor = typeof nextCursor === 'string' && !seen.has(nextCursor) ? nextCursor : undefined;
      if (cursor) seen.add(cursor);
      if (cursor && seen.size >= MAX_PAGES)
        list.cut('', `The list is cut: over ${MAX_PAGES} pages.`);
    } while (cursor && !list.isFull);
    this.tell(list.faults);
    return list.tools;
  }

  private async readPage(
    cursor: string | undefined,
    signal: AbortSignal,
  ): Promise<{ tools: readonly unknown[]; nextCursor: unknown }> {
    let page: unknown;
    try {
      page = await this.client.request(
        { method: 'tools/list', params: cursor === undefined ? {} : { cursor } },
        anything,
        { signal, timeout: NO_TIMEOUT_MS },
      );
    } catch (error) {
      // Not every server that has tools says so, so each is asked; one that has none need not know the question.
      const hasNone =
        error instanceof ProtocolError &&
        error.code === METHOD_NOT_FOUND &&
        !this.client.getServerCapabilities()?.tools;
      if (!hasNone) throw error;
      return { tools: [], nextCursor: undefined };
    }
    const { tools: given, nextCursor } = isObject(page) ? page : {};
    // An empty list is null in Go.
    const tools = given === null ? [] : given;
    if (!Array.isArray(tools)) {
      const reason = 'The answer to tools/list has no list of tools.';
      throw new McpError('mcp_protocol_error', undefined, { field: 'tools', reason });
    }
    return { tools, nextCursor };
  }

  private tell(faults: readonly ToolFault[]): void {
    for (const fault of faults) {
      const key = JSON.stringify(fault);
      if (!this.toldFaults.has(key)) this.onToolFault(fault);
      this.toldFaults.add(key);
    }
  }

  /** From 2026 on a tool may want arguments repeated as HTTP headers, which only its definition tells. */
  private get mirrorsArguments(): boolean {
    return this.transport instanceof HttpTransport && this.client.getProtocolEra() === 'modern';
  }

  private async definition(name: string, signal: AbortSignal): Promise<Tool> {
    const tool = (await this.listTools(signal)).find((candidate) => candidate.name === name);
    return { name, inputSchema: { type: 'object', ...tool?.inputSchema } } as Tool;
  }

  private isRefusal(error: unknown): error is ProtocolError {
    return (
      error instanceof ProtocolError &&
      !(error.data instanceof McpError) &&
      !(PROTOCOL_ERRORS.has(error.code) && this.client.getProtocolEra() === 'modern')
    );
  }

  private async sayGoodbye(transport: HttpTransport): Promise<void> {
    const limit = new Promise((resolve) => setTimeout(resolve, GOODBYE_MS).unref());
    await Promise.race([transport.terminateSession().catch(() => undefined), limit]);
  }
}
