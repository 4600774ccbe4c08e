import { ProtocolError, type Client } from '@modelcontextprotocol/client';
import { McpError } from '../mcp.error.js';
import { PromptList } from '../results/prompt-list.js';
import { toPromptText } from '../results/prompt-text.js';
import { toRefusal } from '../results/tool-result.js';
import type { McpPrompt, McpToolResult } from '../targets/mcp-target.js';
import { NO_TIMEOUT_MS } from '../transports/transport-limits.js';
import { anything } from './anything.js';
import { RememberedList } from './remembered-list.js';
import type { ToldFaults } from './told-faults.js';

/** The prompts of one connection. */
export class ConnectionPrompts {
  private readonly known: RememberedList<McpPrompt>;

  constructor(
    private readonly client: Client,
    faults: ToldFaults,
  ) {
    const begin = () => new PromptList();
    const mayBeUnknown = () => true;
    this.known = new RememberedList(client, { name: 'prompts', begin, mayBeUnknown }, faults);
  }

  /** A server that knows no prompts has none. @throws McpError */
  list(signal: AbortSignal): Promise<McpPrompt[]> {
    return this.known.read(signal);
  }

  forget(): void {
    this.known.forget();
  }

  /** What it says with these arguments, or the words in which the server refuses them. @throws McpError */
  async get(
    name: string,
    args: Record<string, string>,
    signal: AbortSignal,
    maxBytes: number,
  ): Promise<McpToolResult> {
    try {
      const given = await this.client.request(
        { method: 'prompts/get', params: { name, arguments: args } },
        anything,
        { signal, timeout: NO_TIMEOUT_MS },
      );
      return toPromptText(given, maxBytes);
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.data instanceof McpError) throw error;
      return toRefusal(error.message, maxBytes);
    }
  }
}
