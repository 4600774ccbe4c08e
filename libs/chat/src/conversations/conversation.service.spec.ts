import { PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Conversation } from '../ownership/conversation.entity.js';
import { aStoredConversation } from '../ownership/testing/stored-conversation.js';
import { ConversationService } from './conversation.service.js';

describe('a change of a conversation', () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'conversations-'));
  let module: TestingModule;
  let em: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', '').stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [await PersistenceModule.forRoot(), MikroOrmModule.forFeature([Conversation])],
    }).compile();
    await module.init();
    em = module.get(EntityManager).fork() as SqlEntityManager;
  });
  afterAll(async () => {
    await module.close();
    vi.unstubAllEnvs();
    rmSync(dataDir, { recursive: true });
  });

  const aConversation = () => aStoredConversation(em, 'as it was');

  /** Changes it when the service has read it, and has not written it yet. */
  function serviceWhile(change: string): ConversationService {
    const fork = em.fork();
    const update = fork.nativeUpdate.bind(fork);
    vi.spyOn(fork, 'nativeUpdate').mockImplementation(async (entity, where, data) => {
      await em.execute(`update conversations set ${change}`);
      return update(entity, where, data);
    });
    return new ConversationService({ fork: () => fork } as never, {} as never, {} as never);
  }

  it.each([
    { sent: { pinned: true }, meanwhile: `title = 'of the model'` },
    { sent: { archived: true }, meanwhile: `pinned = true` },
    { sent: { title: 'of the person' }, meanwhile: `archived = true` },
  ])('leaves what was not sent as it is: $sent', async ({ sent, meanwhile }) => {
    const { conversationId: id, accountId } = await aConversation();
    await serviceWhile(`${meanwhile} where id = '${id}'`).change(accountId, id, sent);
    const [kept] = await em.execute(
      `select title from conversations where id = '${id}' and ${meanwhile}`,
    );
    expect(kept).toBeDefined();
    expect(await em.fork().findOneOrFail(Conversation, { id })).toMatchObject(sent);
  });

  it.each([{}, { title: null, pinned: null }])('may be none: %j', async (sent) => {
    const { conversationId: id, accountId } = await aConversation();
    const service = new ConversationService(em, {} as never, {} as never);
    expect(await service.change(accountId, id, sent as object)).toMatchObject({
      title: 'as it was',
    });
  });
});
