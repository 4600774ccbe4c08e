import {
  ProtocolError,
  type Client,
  type Tool,
  type Transport,
} from '@modelcontextprotocol/client';
import { dialogOptions, requestMembers } from '../dialog/dialog-options.js';
import type { McpDialog, McpInputRequired } from '../dialog/mcp-dialog.js';
import { OpenDialogs } from '../dialog/open-dialogs.js';
import { ServerMessages } from '../dialog/server-messages.js';
import { McpError } from '../mcp.error.js';
import { ToolList } from '../results/tool-list.js';
import { toServerDescription } from '../results/server-description.js';
import { resultIn, toRefusal, toToolResult } from '../results/tool-result.js';
import type {
  McpPrompt,
  McpServerDescription,
  McpTool,
  McpToolResult,
} from '../targets/mcp-target.js';
import { HttpTransport } from '../transports/http.transport.js';
import { StdioTransport } from '../transports/stdio.transport.js';
import { NO_TIMEOUT_MS } from '../transports/transport-limits.js';
import { anything } from './anything.js';
import { ConnectionPrompts } from './connection-prompts.js';
import { withLinkedFiles } from './linked-files.js';
import { ListAnnouncements } from './list-announcements.js';
import { RememberedList } from './remembered-list.js';
import type { McpConnectionListener } from './mcp-connection-listener.js';
import { ToldFaults } from './told-faults.js';
import { sayGoodbye } from './say-goodbye.js';
import { breaksConnection, toMcpError } from './to-mcp-error.js';
import { abortError } from './until-aborted.js';

/** Errors of 2026 that are about headers and versions, hence ours; all others, and any of an older server, are the server's refusal of this one call. */
const PROTOCOL_ERRORS = new Set([-32020, -32021, -32022]);

/** An open connection to one MCP server. */
export class McpConnection {
  /** Set when the next call should have a connection of its own: this one is broken, or a call on it hangs. */
  unusable = false;
  readonly prompts: ConnectionPrompts;
  private gone = false;
  /** Why this side closed it. */
  private closedBecause: McpError | undefined;
  private readonly tools: RememberedList<McpTool>;
  private readonly announcements: ListAnnouncements;
  private readonly dialogs: OpenDialogs;

  constructor(
    private readonly client: Client,
    private readonly transport: Transport,
    private readonly told: McpConnectionListener,
    onClosed: () => void,
  ) {
    const faults = new ToldFaults(told);
    const begin = () => new ToolList(this.mirrorsArguments);
    // Not every server that has tools says so, so each is asked; one that has none need not know the question.
    const mayBeUnknown = () => !client.getServerCapabilities()?.tools;
    this.tools = new RememberedList(client, { name: 'tools', begin, mayBeUnknown }, faults);
    this.prompts = new ConnectionPrompts(client, faults);
    this.announcements = new ListAnnouncements(client, () => {
      this.tools.forget();
      this.prompts.forget();
    });
    this.dialogs = new OpenDialogs(client, told, (because) => void this.close(because));
    const messages = new ServerMessages(client, told);
    client.onclose = () => {
      messages.end();
      this.unusable = true;
      this.gone = true;
      onClosed();
    };
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

  get description(): McpServerDescription {
    return toServerDescription(this.client.getServerVersion(), this.client.getInstructions());
  }

  /** The server's tools, from memory for up to a minute. */
  listTools(signal: AbortSignal): Promise<McpTool[]> {
    return this.bounded(signal, async () => {
      await this.listen();
      return this.tools.read(signal);
    });
  }

  listPrompts(signal: AbortSignal): Promise<McpPrompt[]> {
    return this.bounded(signal, async () => {
      await this.listen();
      return this.prompts.list(signal);
    });
  }

  /** Sends the call once; whatever happens, it is not sent again, unless the server asks for it with the answers of a dialog. */
  async callTool(
    name: string,
    args: Record<string, unknown>,
    signal: AbortSignal,
    maxResultBytes: number,
    dialog?: McpDialog,
  ): Promise<McpToolResult | McpInputRequired> {
    const toolDefinition = this.mirrorsArguments ? await this.definition(name, signal) : undefined;
    const send = (until: AbortSignal, members: object = {}) => {
      const options = { signal: until, timeout: NO_TIMEOUT_MS, ...dialogOptions(dialog) };
      const params = { name, arguments: args, ...requestMembers(this.client), ...members };
      return toolDefinition
        ? // With a definition the SDK does not repeat a call that the server refused because of its headers.
          this.client.callTool(params, { ...options, toolDefinition })
        : this.client.request({ method: 'tools/call', params }, anything, options);
    };
    return this.bounded(signal, async () => {
      try {
        if (!dialog) return await this.read(await send(signal), signal, maxResultBytes);
        const end = await this.dialogs.call(dialog, signal, send);
        return 'result' in end ? await this.read(end.result, signal, maxResultBytes) : end;
      } catch (error) {
        if (!this.isRefusal(error)) throw error;
        return toRefusal(error.message, maxResultBytes);
      }
    });
  }

  private async read(
    result: unknown,
    signal: AbortSignal,
    maxResultBytes: number,
  ): Promise<McpToolResult> {
    const read = await withLinkedFiles(resultIn(result), signal, (params, within) =>
      this.client.request({ method: 'resources/read', params }, anything, within),
    );
    return toToolResult(read, maxResultBytes);
  }

  /** Ends the connection and every call on it. Resolves when the child process, if there is one, is gone. */
  async close(
    because = new McpError('mcp_cancelled', 'The connection was closed.'),
  ): Promise<void> {
    if (!this.gone) this.closedBecause ??= because;
    this.unusable = true;
    if (this.transport instanceof HttpTransport) await sayGoodbye(this.transport);
    await this.client.close().catch(() => undefined);
    await this.transport.close().catch(() => undefined);
    if (this.transport instanceof StdioTransport) await this.transport.exited;
  }

  /** Runs what asks the server something. @throws McpError */
  async bounded<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
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

  /** The lists of a server within this process do not change. */
  private async listen(): Promise<void> {
    const { transport } = this;
    const isOutside = transport instanceof HttpTransport || transport instanceof StdioTransport;
    if (isOutside) await this.announcements.open();
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
}
