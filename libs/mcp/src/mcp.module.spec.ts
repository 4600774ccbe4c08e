import { InMemoryTransport, type Transport } from '@modelcontextprotocol/client';
import { McpServer } from '@modelcontextprotocol/server';
import { serveStdio } from '@modelcontextprotocol/server/stdio';
import { Injectable, Logger, Module } from '@nestjs/common';
import { Test } from '@nestjs/testing';
import { McpConnections, McpModule, type BuiltInMcpServers } from './index.js';
import { alice, aTarget, bob } from './testing/mcp-target.factory.js';

@Injectable()
class Notes implements BuiltInMcpServers {
  readonly opened: string[] = [];

  has(name: string): boolean {
    return name === 'modern' || name === 'old';
  }

  async connect(name: string, accountId: string): Promise<Transport> {
    this.opened.push(accountId);
    const [client, served] = InMemoryTransport.createLinkedPair();
    const server = () => {
      const notes = new McpServer({ name: 'notes', version: '1' });
      notes.registerTool('owner', {}, () => ({ content: [{ type: 'text', text: accountId }] }));
      return notes;
    };
    if (name === 'modern') serveStdio(server, { transport: served });
    else await server().connect(served);
    return client;
  }
}

@Module({ providers: [Notes], exports: [Notes] })
class NotesModule {}

describe('McpModule', () => {
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  const options = () => ({ signal: AbortSignal.timeout(15_000), maxResultBytes: 1000 });

  it.each(['modern', 'old'])('connects each user to a built-in server (%s)', async (name) => {
    const module = await Test.createTestingModule({
      imports: [McpModule.forRoot({ imports: [NotesModule], builtInServers: Notes })],
    }).compile();
    const connections = module.get(McpConnections);
    const target = aTarget({ name, transport: 'built-in' }, { isolation: 'shared' });
    for (const accountId of [alice, bob, alice]) {
      const own = { ...target, accountId };
      const tools = await connections.listTools(own, options());
      expect(tools).toMatchObject([{ name: 'owner' }]);
      expect((await connections.callTool(own, 'owner', {}, options())).text).toBe(accountId);
    }
    expect(module.get(Notes).opened).toEqual([alice, bob]);
    expect(connections.health.summary()).toEqual({ open: 2, failing: 0, paused: 0, waiting: 0 });
    await connections.closeUser(alice);
    expect(connections.health.summary()).toEqual({ open: 1, failing: 0, paused: 0, waiting: 0 });
    await module.close();
    expect(connections.health.summary()).toEqual({ open: 0, failing: 0, paused: 0, waiting: 0 });
  });

  it('has no built-in servers unless they are provided', async () => {
    const module = await Test.createTestingModule({ imports: [McpModule.forRoot()] }).compile();
    const target = aTarget({ name: 'notes', transport: 'built-in' });
    const work = module.get(McpConnections).listTools(target, options());
    await expect(work).rejects.toMatchObject({ name: 'McpError', code: 'mcp_unavailable' });
    await module.close();
  });
});
