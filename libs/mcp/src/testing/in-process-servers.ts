import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import type { BuiltInMcpServers } from '../targets/built-in-servers.js';
import { setTimeout } from 'node:timers/promises';

/** Built-in servers of the 2025 era, which count what is open and take a while for each call. */
export class InProcessServers implements BuiltInMcpServers {
  open = 0;
  mostOpen = 0;
  /** The users whose calls were answered, in that order. */
  readonly answered: string[] = [];

  /** The servers that accept and never answer. */
  readonly silent = new Set<string>();
  /** How often each of those was connected. */
  silentConnections = 0;

  constructor(private readonly callMs: number) {}

  has(): boolean {
    return true;
  }

  connect(name: string, accountId: string): Promise<Transport> {
    let isOpen = false;
    if (this.silent.has(name)) this.silentConnections += 1;
    const transport: Transport = {
      start: () => {
        isOpen = true;
        this.open += 1;
        this.mostOpen = Math.max(this.mostOpen, this.open);
        return Promise.resolve();
      },
      send: async (message) => {
        if (this.silent.has(name)) return;
        const answer = await this.answer(message, accountId);
        if (answer && isOpen) queueMicrotask(() => transport.onmessage?.(answer));
      },
      close: () => {
        if (isOpen) this.open -= 1;
        isOpen = false;
        transport.onclose?.();
        return Promise.resolve();
      },
    };
    return Promise.resolve(transport);
  }

  private async answer(
    message: JSONRPCMessage,
    accountId: string,
  ): Promise<JSONRPCMessage | undefined> {
    if (!('method' in message) || !('id' in message)) return undefined;
    const { id, method, params } = message;
    switch (method) {
      case 'initialize':
        return {
          jsonrpc: '2.0',
          id,
          result: {
            protocolVersion: params?.protocolVersion as string,
            capabilities: { tools: {} },
            serverInfo: { name: 'in-process', version: '1' },
          },
        };
      case 'tools/call':
        await setTimeout(this.callMs);
        this.answered.push(accountId);
        return { jsonrpc: '2.0', id, result: { content: [{ type: 'text', text: accountId }] } };
      default:
        return { jsonrpc: '2.0', id, error: { code: -32601, message: 'Method not found' } };
    }
  }
}
