import { insertRow, PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import { Conversation } from '../ownership/conversation.entity.js';
import { Run } from '../ownership/run.entity.js';
import { aStoredConversation } from '../ownership/testing/stored-conversation.js';
import { InputDecisions } from './input-decisions.js';
import { RunInput } from './run-input.entity.js';
import { withdrawInputs } from './taken-answers.js';

describe('an answer', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'inputs-'));
  let module: TestingModule;
  let em: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [
        await PersistenceModule.forRoot(),
        MikroOrmModule.forFeature([Conversation, Run, RunInput]),
      ],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
  });
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  async function aQuestion() {
    const { accountId, conversationId } = await aStoredConversation(em);
    const [runId, now] = [v7(), new Date()];
    await insertRow(em, 'runs', {
      id: runId,
      conversation_id: conversationId,
      status: 'waiting_for_input',
      created_at: now,
      deadline_at: now,
    });
    await insertRow(em, 'run_inputs', {
      run_id: runId,
      input_id: '1.1',
      call_id: '1',
      kind: 'form',
      title: '-',
      message: '-',
      fields: JSON.stringify([{ name: 'a', title: 'A', isRequired: false, type: 'text' }]),
      state: 'pending',
      created_at: now,
      expires_at: new Date(now.getTime() + 60_000),
    });
    return { accountId, runId };
  }

  /** What happens when an answer has been looked at, and is not stored yet. */
  function meeting(event: () => Promise<void>): EntityManager {
    const manager = module.get(EntityManager);
    const fork = () => {
      const own = manager.fork();
      const store = own.transactional.bind(own);
      vi.spyOn(own, 'transactional').mockImplementation(async (work) => {
        await event();
        return store(work);
      });
      return own;
    };
    return { fork } as unknown as EntityManager;
  }

  it('is not stored behind a withdrawal that comes while it is looked at', async () => {
    const { accountId, runId } = await aQuestion();
    const answer = { inputId: '1.1', action: 'accept', content: { a: 'x' } } as const;
    const late = new InputDecisions(meeting(() => withdrawInputs(em, runId)));
    await expect(late.decide(accountId, runId, answer)).rejects.toMatchObject({
      code: 'run_ended',
    });
    expect(await em.fork().findOneOrFail(RunInput, { runId })).toMatchObject({
      state: 'withdrawn',
      content: null,
    });
  });
});
