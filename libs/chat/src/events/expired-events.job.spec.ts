import { insertRow, PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { RunInput } from '../inputs/run-input.entity.js';
import { Run } from '../ownership/run.entity.js';
import { aStoredConversation } from '../ownership/testing/stored-conversation.js';
import { ExpiredEventsJob } from './expired-events.job.js';

const HOUR_MS = 3_600_000;

describe('the deletion of what is kept of runs for a time', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'expired-'));
  let module: TestingModule;
  let em: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot(), MikroOrmModule.forFeature([Run, RunInput])],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
  });
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  async function aRunWithForm(endedBefore: number): Promise<string> {
    const { conversationId } = await aStoredConversation(em);
    const [runId, now] = [v7(), new Date()];
    await insertRow(em, 'runs', {
      id: runId,
      conversation_id: conversationId,
      status: 'succeeded',
      log: 'kept',
      created_at: now,
      deadline_at: now,
      finished_at: new Date(now.getTime() - endedBefore),
    });
    await insertRow(em, 'run_inputs', {
      run_id: runId,
      input_id: '1.1',
      call_id: '1',
      kind: 'form',
      title: 'Book',
      message: 'How many?',
      fields: '[]',
      state: 'accepted',
      created_at: now,
      expires_at: now,
    });
    return runId;
  }

  it('takes the form of a question with it, and leaves its words', async () => {
    const [old, recent] = [await aRunWithForm(2 * HOUR_MS), await aRunWithForm(HOUR_MS / 2)];
    const job = new ExpiredEventsJob(module.get(EntityManager), { eventsKept: HOUR_MS } as never);
    job.request();
    const asked = async (runId: string) => em.fork().findOneOrFail(RunInput, { runId });
    await vi.waitFor(async () => expect((await asked(old)).fields).toBeNull());
    expect(await asked(old)).toMatchObject({ message: 'How many?', state: 'accepted' });
    expect((await asked(recent)).fields).toBe('[]');
    await job.onModuleDestroy();
  });
});
