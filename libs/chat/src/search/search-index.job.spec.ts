import { AtomicWriteService, insertRow, PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { aStoredConversation } from '../ownership/testing/stored-conversation.js';
import { wordsOf } from './search-words.js';
import { SearchIndexJob } from './search-index.job.js';

/** The longest text that is searched, in which no two characters are the same. */
const CHINESE = String.fromCodePoint(...Array.from({ length: 10_000 }, (_, n) => 0x4e_00 + n));

describe('the job that makes messages searchable', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'search-index-'));
  let module: TestingModule;
  let em: SqlEntityManager;
  let writes: AtomicWriteService;
  /** How many messages were searchable, and how many titles were not, after each write of the job. */
  let steps: { messages: number; titles: number }[];

  beforeEach(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot()],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
    writes = module.get(AtomicWriteService);
    const apply = writes.apply.bind(writes);
    steps = [];
    vi.spyOn(writes, 'apply').mockImplementation(async (write) => {
      const missing = await apply(write);
      steps.push({
        messages: await count('searched_messages'),
        titles: await count('conversations where title_words is null'),
      });
      return missing;
    });
  });
  afterEach(async () => {
    await module.close();
    vi.unstubAllEnvs();
  });
  afterAll(() => rmSync(dataDir, { recursive: true }));

  async function count(rows: string): Promise<number> {
    const [row] = await em.execute<{ n: number }[]>(`select count(*) as n from ${rows}`);
    return row!.n;
  }

  /** Stores messages of a conversation as an earlier version has left them, and has the job find them. */
  async function indexed(messages: number, content: string): Promise<void> {
    await em.execute('delete from accounts');
    const { conversationId: id } = await aStoredConversation(em, 'Milk');
    const [runId, now] = [v7(), new Date()];
    await insertRow(em, 'runs', {
      id: runId,
      conversation_id: id,
      status: 'succeeded',
      created_at: now,
      deadline_at: now,
      finished_at: now,
    });
    for (let n = 0; n < messages; n += 1) {
      await insertRow(em, 'messages', {
        id: v7(),
        conversation_id: id,
        run_id: runId,
        role: 'user',
        content,
        created_at: now,
      });
    }
    const job = new SearchIndexJob(em, writes);
    job.request();
    await vi.waitUntil(async () => (await count('messages where indexed = false')) === 0, {
      timeout: 50_000,
    });
    await job.onModuleDestroy();
    expect(steps.at(-1)).toEqual({ messages, titles: 0 });
  }

  it('lets no title wait for a long row of messages', async () => {
    await indexed(60, 'milk');
    expect(steps.find(({ messages }) => messages > 0)?.titles).toBe(0);
  });

  it('bounds the words of a message, and those of one write', async () => {
    await indexed(14, CHINESE);
    const kept = await em.execute<{ words: string }[]>('select words from searched_messages');
    for (const { words } of kept) expect(words.trim().split(' ')).toHaveLength(2_000);
    expect([...wordsOf(CHINESE)]).toHaveLength(19_999);
    const added = steps.map(({ messages }, n) => messages - (steps[n - 1]?.messages ?? 0));
    expect(Math.max(...added)).toBe(6);
  });
});
