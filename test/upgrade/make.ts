import { execFileSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { gzipSync } from 'node:zlib';
import { exportJWK } from 'jose';
import {
  type ModelServer,
  silent,
  startModelServer,
} from '../../libs/models/src/testing/model-server.ts';
import { calls, says } from '../../libs/models/src/testing/open-ai-answers.ts';
import { anAddress, mailsOf } from '../attack/auth/mailbox.ts';
import { aTotpUser, confirm, enrol, type TotpUser } from '../attack/auth/second-factor-user.ts';
import { codeOf } from '../attack/auth/totp-code.ts';
import { aUser, call, type Chat, say, type Tokens, type User } from '../e2e/client.ts';
import { runCommand } from '../e2e/command.ts';
import { aBoundUser } from '../e2e/device-key.ts';
import { EVIDENCE_DIR } from '../e2e/evidence.ts';
import { cleanUp, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { makeTemplate, removeTemplate } from '../e2e/template-database.ts';
import type { Former, FormerConversation } from './former.ts';

/**
 * Makes the data that the test of upgrades begins with: `node test/upgrade/make.ts 0.2.0`, in a built checkout of that
 * release. With `E2E_DATABASE_URL` it makes that of PostgreSQL, with `pg_dump`; without, that of SQLite.
 */
const release = process.argv[2];
if (!release) throw new Error('Name the release: node test/upgrade/make.ts 0.2.0');
const kind = process.env.E2E_DATABASE_URL ? 'postgres' : 'sqlite';
const folder = join(import.meta.dirname, 'releases', release);

/** Fit for production, where the compose checks use them. They open nothing but the data that is made here. */
const SECRETS = {
  JWT_SECRET: randomBytes(32).toString('hex'),
  PASSWORD_PEPPER: randomBytes(32).toString('hex'),
};

const POLL_MS = 50;

/** Resolves to what is found, once it is. */
async function until<T>(find: () => T | undefined | Promise<T | undefined>): Promise<T> {
  for (;;) {
    const found = await find();
    if (found !== undefined) return found;
    await setTimeout(POLL_MS);
  }
}

async function conversationOf(
  gateway: Gateway,
  { token }: User,
  id: string,
): Promise<FormerConversation> {
  const { data } = await call<{ messages: FormerConversation['messages'] }>(
    gateway,
    `/api/chat/history/${id}`,
    { token },
  );
  return {
    id,
    messages: data.messages.map(({ id: of, role, content }) => ({ id: of, role, content })),
  };
}

/** Confirms a second factor of an account, and an address. */
async function aVerifiedUser(gateway: Gateway): Promise<TotpUser & { email: string }> {
  const user = await aTotpUser(gateway);
  const email = anAddress();
  await call(gateway, '/api/auth/email', { method: 'PUT', token: user.token, body: { email } });
  const token = await until(() => mailsOf(gateway, email).find((mail) => mail.token)?.token);
  await call(gateway, '/api/auth/email/verify', { token: user.token, body: { token } });
  return { ...user, email };
}

/** Talks of every kind: by commands, with a model, with files, rated, renamed, consented to. */
async function talk(gateway: Gateway, user: User, server: ModelServer): Promise<string[]> {
  const { token } = user;
  const first = (await say(gateway, user, 'plain', '/add_note title=Milk text="two litres"')).data;
  await say(gateway, user, 'plain', '/add_note title=Bread text=rye', first.conversationId);
  await say(gateway, user, 'plain', '/list_notes', first.conversationId);
  await say(gateway, user, 'tasks', '/add_task {"title":"Call the dentist"}');
  const entities = [{ name: 'Grace', entityType: 'person', observations: ['likes the sea'] }];
  await say(gateway, user, 'memory', `/create_entities ${JSON.stringify({ entities })}`);
  server.answer(says('It is ', 'raining.'));
  const second = (await say(gateway, user, 'notes', 'What is the weather?')).data;
  const { messages } = await conversationOf(gateway, user, second.conversationId);
  await call(gateway, `/api/chat/messages/${messages.at(-1)!.id}/feedback`, {
    method: 'PUT',
    token,
    body: { rating: 'down', comment: 'It is not.' },
  });
  await call(gateway, `/api/chat/messages/${messages.at(-1)!.id}/regenerate`, {
    method: 'POST',
    token,
  });
  await call(gateway, `/api/chat/conversations/${second.conversationId}`, {
    method: 'PATCH',
    token,
    body: { title: 'Umbrella or not' },
  });
  await call(gateway, '/api/chat', {
    token,
    headers: { Accept: 'text/event-stream' },
    body: { message: 'And tomorrow?', profile_id: 'notes', conversation_id: second.conversationId },
  });
  for (const version of ['v1', 'v2']) {
    await call(gateway, '/api/me/consents', { token, body: { purpose: 'analytics', version } });
  }
  return [first, second].map(({ conversationId }) => conversationId);
}

/** A model wants to delete a note, and the person has not decided. */
async function waitForApproval(
  gateway: Gateway,
  user: User,
  server: ModelServer,
): Promise<Former['waiting']> {
  server.answer(calls({ name: 'delete_note', text: '{"number":1}', id: 'c1' }));
  const answer = await say(gateway, user, 'notes', 'Delete the first note');
  if (answer.status !== 202) throw new Error(answer.text);
  const { runId, conversationId, approvals } = answer.data as unknown as Former['waiting'] & {
    approvals: { callId: string }[];
  };
  return { runId, conversationId, callId: approvals[0]!.callId };
}

/** An answer that does not end before the gateway does. */
async function cut(gateway: Gateway, user: User, server: ModelServer): Promise<Former['cut']> {
  server.answer(silent({ withHeaders: true }));
  void say(gateway, user, 'notes', 'Tell me a long story').catch(() => undefined);
  const [run] = await until(async () => {
    const runs = await query(
      gateway,
      `select id, conversation_id from runs where status = 'running'`,
    );
    return runs.length > 0 ? runs : undefined;
  });
  return { runId: run!.id as string, conversationId: run!.conversation_id as string };
}

async function anAdministrator(gateway: Gateway): Promise<Former['administrator']> {
  const [username, password] = ['root', 'a pass phrase of the administrator'];
  const input = `${password}\n`;
  await runCommand({ ...gateway, input }, 'admin', 'create', '--username', username);
  const { data } = await call<Tokens>(gateway, '/api/auth/login', { body: { username, password } });
  const token = data.accessToken;
  const { secret } = (await enrol(gateway, { token })).data;
  await confirm(gateway, { token }, codeOf(secret));
  return { username, password, secret };
}

/** All files of `DATA_DIR` that are not the database's. */
function filesOf(root: string): Record<string, string> {
  return Object.fromEntries(
    readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && !/\.sqlite|\.lock/.test(entry.name))
      .map((entry) => join(entry.parentPath, entry.name))
      .map((path) => [relative(root, path), readFileSync(path, 'base64')]),
  );
}

async function databaseOf({ environment }: Gateway): Promise<Buffer> {
  if (environment.DATABASE_URL) {
    const options = ['--inserts', '--no-owner', '--no-privileges', environment.DATABASE_URL];
    const text = execFileSync('pg_dump', options, { encoding: 'utf8' });
    // Commands of psql, which other clients do not know.
    return Buffer.from(text.replaceAll(/^\\(un)?restrict .*\n/gm, ''));
  }
  const { default: Database } = await import('better-sqlite3');
  const copy = join(mkdtempSync(join(tmpdir(), 'former-')), 'gateway.sqlite');
  const database = new Database(join(environment.DATA_DIR!, 'gateway.sqlite'));
  database.prepare('vacuum into ?').run(copy);
  database.close();
  const bytes = readFileSync(copy);
  rmSync(resolve(copy, '..'), { recursive: true });
  return bytes;
}

async function fill(gateway: Gateway, server: ModelServer): Promise<Former> {
  const owner = await aVerifiedUser(gateway);
  const talks = await talk(gateway, owner, server);
  const bound = await aBoundUser(gateway);
  const { data: device } = await call<Tokens>(gateway, '/api/auth/device', { body: {} });
  await say(gateway, { token: device.accessToken }, 'plain', '/add_note text="without a name"');
  const leaving = await aUser(gateway);
  await say(gateway, leaving, 'plain', '/add_note text="leaving soon"');
  await call<Chat>(gateway, '/api/me', { method: 'DELETE', token: leaving.token });
  const administrator = await anAdministrator(gateway);
  const waiting = await waitForApproval(gateway, owner, server);
  const conversations = [];
  for (const id of talks) conversations.push(await conversationOf(gateway, owner, id));
  const interrupted = await cut(gateway, owner, server);
  const [{ count }] = (await query(gateway, 'select count(*) as count from audit_records')) as [
    { count: number | string },
  ];
  const { userId, username, password, refreshToken, deviceToken, secret, recoveryCodes, email } =
    owner;
  return {
    madeAt: Date.now(),
    secrets: SECRETS,
    owner: { userId, username, password, refreshToken, deviceToken, secret, recoveryCodes, email },
    bound: { refreshToken: bound.refreshToken, key: await exportJWK(bound.key.privateKey) },
    device: { userId: device.userId, refreshToken: device.refreshToken },
    leaving: { username: leaving.username, password: leaving.password },
    administrator,
    conversations,
    waiting,
    cut: interrupted,
    auditRecords: Number(count),
    files: filesOf(gateway.environment.DATA_DIR!),
  };
}

mkdirSync(EVIDENCE_DIR, { recursive: true });
await makeTemplate();
const server = await startModelServer(says('Hello.'));
const environment = {
  ...(await freshStorage()),
  ...SECRETS,
  MODELS_DIR: aModelsDir(aModelFile('main', server.url, { default: true })),
  [MODEL_KEY]: 'a key of a made-up model',
  PROFILES_DIR: aProfilesDir({
    'plain.json': aProfile('plain', {
      allowedTools: { 'personal-tools': ['add_note', 'list_notes'] },
    }),
  }),
  // The longest that can be configured.
  APPROVAL_EXPIRY: '7d',
};
try {
  const gateway = await startGateway({ environment });
  const former = await fill(gateway, server);
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${kind}.json`), `${JSON.stringify(former, undefined, 2)}\n`);
  const name = kind === 'sqlite' ? 'gateway.sqlite.gz' : 'postgres.sql.gz';
  writeFileSync(join(folder, name), gzipSync(await databaseOf(gateway), { level: 9 }));
} finally {
  await server.close();
  await cleanUp();
  await removeTemplate();
}
