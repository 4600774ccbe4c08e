import { insertRow, JsonItems, PersistenceModule } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import { MikroOrmModule } from '@mikro-orm/nestjs';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Test, type TestingModule } from '@nestjs/testing';
import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { v7 } from 'uuid';
import type { ApprovalView } from '../approvals/approval.view.js';
import { type CardView, toCardView } from '../cards/card.view.js';
import { type InputView, toInputView } from '../inputs/input.view.js';
import { RunInput } from '../inputs/run-input.entity.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { type RunView, toRunView } from '../runs/chat.view.js';
import { Run, type RunStatus } from '../ownership/run.entity.js';
import { type MessageView, toMessageView } from './conversation.view.js';
import { exportedConversations } from './exported-conversations.js';
import { Message } from './message.entity.js';

/** How runs end, and what their answers are then: complete, an account of a failure, or unfinished. */
const ENDS: readonly (readonly [RunStatus, string | null])[] = [
  ['succeeded', null],
  ['failed', 'tool_failed'],
  ['failed', 'command_refused'],
  ['failed', 'mcp_unavailable'],
  ['interrupted', null],
  ['running', null],
];

const TEXT = 'a "quote", a \\ backslash,\n\t\u0001\u001f a line\u2028, дом 😀 {"json": [1]}';

const server = process.env.TEST_DATABASE_URL;

describe.each([
  { name: 'SQLite', databaseUrl: '' },
  ...(server ? [{ name: 'PostgreSQL', databaseUrl: server }] : []),
])('conversations exported from $name', ({ databaseUrl }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'export-'));
  let module: TestingModule;
  let em: SqlEntityManager;

  beforeAll(async () => {
    vi.stubEnv('DATABASE_URL', databaseUrl).stubEnv('DATA_DIR', dataDir);
    module = await Test.createTestingModule({
      imports: [
        await PersistenceModule.forRoot(),
        MikroOrmModule.forFeature([Conversation, Run, RunInput, Message]),
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

  /** A conversation with a message and an answer for each of the ends, as often as asked. */
  async function aConversation(
    accountId: string,
    rounds: number,
    text: string,
    chosenId: string | null,
  ) {
    const at = (n: number) => new Date(1_800_000_000_007 + n * 1_001);
    const id = v7();
    await insertRow(em, 'conversations', {
      id,
      account_id: accountId,
      chosen_id: chosenId,
      profile_id: 'notes',
      title: TEXT,
      created_at: at(0),
      updated_at: at(1),
      message_count: rounds * ENDS.length * 2,
      content_bytes: 0,
    });
    const messages: MessageView[] = [];
    const runs: RunView[] = [];
    for (const [n, [status, errorCode]] of Array.from({ length: rounds }, () => ENDS)
      .flat()
      .entries()) {
      const run = { id: v7(), status, errorCode, createdAt: at(n) };
      // One run of a conversation goes on at most.
      const goesOn = status === 'running' && n === rounds * ENDS.length - 1;
      const finishedAt = goesOn ? null : at(n + 1);
      await insertRow(em, 'runs', {
        id: run.id,
        conversation_id: id,
        status,
        error_code: errorCode,
        created_at: run.createdAt,
        deadline_at: at(n + 60),
        finished_at: finishedAt,
      });
      const approvals = await someApprovals(run.id, at(n));
      const inputs = await someInputs(run.id, at(n));
      runs.push(toRunView({ ...run, finishedAt }, chosenId ?? id, approvals, inputs));
      const cards = await someCards(run.id);
      for (const role of ['user', 'assistant'] as const) {
        const message = { id: v7(), role, content: `${text} ${role} ${n}`, createdAt: at(n) };
        await insertRow(em, 'messages', {
          id: message.id,
          conversation_id: id,
          run_id: run.id,
          role,
          content: message.content,
          created_at: message.createdAt,
          ...(role === 'assistant' && { rating: 'down', rating_comment: n % 2 ? TEXT : null }),
        });
        const rated = { rating: 'down', ratingComment: n % 2 ? TEXT : null } as const;
        messages.push(
          toMessageView({ ...message, run, ...(role === 'assistant' && rated) }, [], cards),
        );
      }
    }
    return {
      conversationId: chosenId ?? id,
      profileId: 'notes',
      title: TEXT,
      pinned: false,
      archived: false,
      createdAt: at(0).toISOString(),
      updatedAt: at(1).toISOString(),
      messages,
      runs,
    };
  }

  /** More than there are on a page, where a conversation has some runs. */
  async function someApprovals(runId: string, createdAt: Date): Promise<ApprovalView[]> {
    const shown = [{ name: 'text', value: TEXT }];
    const views: ApprovalView[] = [];
    for (const callId of ['1-1', '1-2', '1-3', '1-4']) {
      const card = { callId, title: TEXT, summary: TEXT, state: 'expired' } as const;
      await insertRow(em, 'run_approvals', {
        run_id: runId,
        call_id: callId,
        tool: 'add_note',
        title: TEXT,
        summary: TEXT,
        arguments: JSON.stringify(shown),
        arguments_digest: '-',
        definition_digest: '-',
        state: card.state,
        created_at: createdAt,
        expires_at: createdAt,
      });
      const at = createdAt.toISOString();
      views.push({ ...card, arguments: shown, createdAt: at, expiresAt: at, decidedAt: null });
    }
    return views;
  }

  /** One of each kind. */
  async function someInputs(runId: string, createdAt: Date): Promise<InputView[]> {
    const at = { createdAt, expiresAt: createdAt, decidedAt: null };
    const asked = { callId: '1', title: TEXT, message: TEXT, ...at };
    const none = { fields: null, url: null, connectionId: null, content: null };
    const field = { name: 'a', title: TEXT, isRequired: true, type: 'text' };
    const inputs: RunInput[] = [
      { ...none, kind: 'form', state: 'declined', fields: JSON.stringify([field]) } as const,
      { ...none, kind: 'url', state: 'accepted', url: 'https://a.example:8443/b?c=/d' } as const,
      { ...none, kind: 'url', state: 'expired', url: 'https://a.example/' } as const,
      { ...none, kind: 'connection', state: 'pending', connectionId: 'c1' } as const,
    ].map((one, n) =>
      Object.assign(new RunInput(), { runId, inputId: `1.${n}`, ...asked, ...one }),
    );
    await em.fork().insertMany(RunInput, inputs);
    return inputs.map(toInputView);
  }

  async function someCards(runId: string): Promise<CardView[]> {
    const card = { callId: '1', title: TEXT, text: TEXT, isCut: true };
    const file = {
      id: v7(),
      name: TEXT,
      mediaType: 'image/png',
      sizeBytes: 7,
      width: 2,
      height: 3,
    };
    await insertRow(em, 'cards', {
      run_id: runId,
      call_id: card.callId,
      title: TEXT,
      text: TEXT,
      is_cut: 1,
    });
    await insertRow(em, 'card_files', {
      id: file.id,
      run_id: runId,
      call_id: card.callId,
      name: file.name,
      media_type: file.mediaType,
      size_bytes: file.sizeBytes,
      width: file.width,
      height: file.height,
      digest: '-',
      is_whole: 1,
    });
    return [toCardView(card, [file])];
  }

  it.each([
    ['several on a page', [1, 0, 1], 1],
    ['one of several pages', [2], 200],
  ])('are what the API answers with: %s', async (_, rounds, repeats) => {
    const accountId = await anAccount();
    const expected = [];
    for (const [n, count] of rounds.entries()) {
      expected.push(
        await aConversation(
          accountId,
          count,
          TEXT.repeat(repeats),
          n === 0 ? `offline-${randomUUID()}` : null,
        ),
      );
    }
    expect(await read(exportedConversations(em, accountId))).toEqual(expected);
  });

  async function anAccount(): Promise<string> {
    const id = randomUUID();
    const name = `export-${id}`;
    await insertRow(em, 'accounts', {
      id,
      username: name,
      username_key: name,
      password_hash: '-',
      role: 'user',
      created_at: new Date(),
    });
    return id;
  }
});

/** As the export writes it. */
async function read(value: unknown): Promise<unknown> {
  if (value instanceof JsonItems) return JSON.parse(`[${value.text}]`);
  if (!isAsyncIterable(value)) return value;
  const items: unknown[] = [];
  for await (const item of value) {
    if (item instanceof JsonItems) items.push(...((await read(item)) as unknown[]));
    else items.push(await readFields(item as object));
  }
  return items;
}

async function readFields(record: object): Promise<object> {
  const fields = Object.entries(record).map(async ([name, value]) => [name, await read(value)]);
  return Object.fromEntries((await Promise.all(fields)) as [string, unknown][]);
}

function isAsyncIterable(value: unknown): value is AsyncIterable<unknown> {
  return typeof value === 'object' && value !== null && Symbol.asyncIterator in value;
}
