import { EntityManager } from '@mikro-orm/core';
import { Logger } from '@nestjs/common';
import { v4 } from 'uuid';
import { connectClient, startTools, type Tools } from '../../test/tools-harness.js';
import { PersonalToolsServers } from '../index.js';
import { PersonalToolsServerFactory } from './personal-tools-server.factory.js';

describe('PersonalToolsServers', () => {
  let tools: Tools;

  beforeAll(async () => void (tools = await startTools('')));
  afterAll(() => tools.stop());
  afterEach(() => void vi.restoreAllMocks());

  it('speaks the current protocol to a client that negotiates, and the former one to any other', async () => {
    const servers = tools.module.get(PersonalToolsServers);
    const modern = await connectClient(await servers.connect(v4()));
    const legacy = await connectClient(await servers.connect(v4()), 'legacy');
    expect(modern.client.getNegotiatedProtocolVersion()).toBe('2026-07-28');
    expect(legacy.client.getNegotiatedProtocolVersion()).toBe('2025-11-25');
    for (const user of [modern, legacy]) {
      expect(await user.ask('add_note', { text: 'hello' })).toBe('Saved as note 1: hello');
      await user.client.close();
    }
  });

  it('describes every tool and each of its arguments, and closes the set of arguments', async () => {
    const user = await tools.connect(v4());
    const listed = (await user.client.listTools()).tools;
    expect(listed.map(({ name }) => name)).toEqual([
      'add_note',
      'list_notes',
      'search_notes',
      'read_note',
      'delete_note',
      'add_task',
      'list_tasks',
      'complete_task',
      'delete_task',
      'add_event',
      'list_events',
      'delete_event',
    ]);
    for (const { title, description, annotations, inputSchema } of listed) {
      expect(title).toBeTruthy();
      expect(description).toBeTruthy();
      expect(Object.keys(annotations ?? {}).sort()).toEqual([
        'destructiveHint',
        'idempotentHint',
        'openWorldHint',
        'readOnlyHint',
      ]);
      expect(inputSchema.additionalProperties).toBe(false);
      for (const argument of Object.values(inputSchema.properties ?? {})) {
        expect(argument).toHaveProperty('description');
        expect(argument).toSatisfy((it) =>
          ['maxLength', 'maximum', 'enum'].some((bound) => bound in (it as object)),
        );
      }
    }
    await user.client.close();
  });

  it("closes the server with the client's end", async () => {
    const create = vi.spyOn(tools.module.get(PersonalToolsServerFactory), 'create');
    const user = await tools.connect(v4());
    await user.ask('list_notes');
    await user.client.close();
    const servers = await Promise.all(
      create.mock.results.map(({ value }) => value as Promise<{ isConnected(): boolean }>),
    );
    expect(servers.length).toBeGreaterThan(0);
    expect(servers.map((server) => server.isConnected())).not.toContain(true);
  });

  it.each(['', 'me', `${v4()},${v4()}`, "' or 1=1"])(
    'refuses to serve the owner "%s"',
    async (id) => {
      await expect(tools.module.get(PersonalToolsServers).connect(id)).rejects.toThrow(TypeError);
    },
  );

  it('tells neither the client nor the log what the database said', async () => {
    const log = vi.spyOn(Logger.prototype, 'error').mockReturnValue();
    const em = tools.module.get(EntityManager);
    vi.spyOn(em, 'fork').mockImplementation(() => {
      throw new Error("insert into personal_notes values ('my secret')");
    });
    const user = await tools.connect(v4());
    for (const [tool, args, area] of [
      ['add_note', { text: 'my secret' }, 'notes'],
      ['list_tasks', {}, 'tasks'],
      ['delete_event', { number: 1 }, 'calendar'],
    ] as const) {
      expect(await user.refused(tool, args)).toBe(`The ${area} could not be reached. Try again.`);
    }
    expect(log.mock.calls[0]).toEqual([
      { event: 'personal_tools.failed', tool: 'add_note', error: 'Error' },
    ]);
    expect(JSON.stringify(log.mock.calls)).not.toMatch(/secret|insert/);
    await user.client.close();
  });

  it('answers an unknown tool as a failure of that call only', async () => {
    const user = await tools.connect(v4());
    for (const name of ['drop_everything', 'constructor', '__proto__', '']) {
      const call = user.client.callTool({ name, arguments: {} });
      await expect(
        call.then(
          (result) => result.isError || 'called',
          () => true,
        ),
      ).resolves.toBe(true);
    }
    expect(await user.ask('list_notes')).toBe('You have no notes.');
    await user.client.close();
  });
});
