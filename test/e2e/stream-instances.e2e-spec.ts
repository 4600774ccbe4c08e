import { call, aUser, type User } from './client.ts';
import { aSecret, freshStorage, type Gateway, startGateway } from './gateway.ts';
import { aProfilesDir } from './profiles.ts';
import { aSlowProfile, follow, ReadEvents, streamOf } from './streams.ts';

/** A run whose process died is interrupted, and who waits for it is told, within this time. Milliseconds. */
const TOLD_WITHIN_MS = 5_000;

// What a busy machine takes for its own part comes on top.
const LENIENCE_MS = 3_000;

const isScaled = process.env.E2E_DATABASE_URL !== undefined;
const redisUrl = process.env.E2E_REDIS_URL;

const anEnvironment = async () => ({
  ...(await freshStorage()),
  PROFILES_DIR: aProfilesDir(aSlowProfile()),
  JWT_SECRET: aSecret(),
  PASSWORD_PEPPER: aSecret(),
  SHUTDOWN_DRAIN: '3s',
});

const accept = (gateway: Gateway, user: User, message: string) =>
  call<{ runId: string; conversationId: string }>(gateway, '/api/chat', {
    token: user.token,
    body: { message, profile_id: 'slow' },
    headers: { Prefer: 'respond-async' },
  });

const messagesOf = async (gateway: Gateway, user: User, conversationId: string) =>
  (
    await call<{ messages: Record<string, unknown>[] }>(
      gateway,
      `/api/chat/history/${conversationId}`,
      { token: user.token },
    )
  ).data.messages;

/** The events of an interrupted run mark what was seen as unfinished. */
function expectInterrupted(events: ReadEvents): void {
  expect(events.types.slice(-2)).toEqual(['data-run', 'error']);
  expect(events.parts.at(-2)!.data).toMatchObject({ status: 'interrupted' });
  expect(events.types).not.toContain('finish');
}

describe.runIf(isScaled)('two instances', () => {
  let one: Gateway;
  let other: Gateway;
  beforeAll(async () => {
    const environment = {
      ...(await anEnvironment()),
      ...(redisUrl ? { REDIS_URL: redisUrl } : {}),
    };
    [one, other] = await Promise.all([
      startGateway({ environment }),
      startGateway({ environment }),
    ]);
  });

  it('stream the same run, and resume each other’s streams', async () => {
    const user = await aUser(one);
    const { data } = await accept(one, user, '/tell_story length=200000 milliseconds=500');
    const whole = await follow(other, user, data.runId);
    const read: Buffer[] = [];
    let last: string | undefined;
    for (let turn = 0, isDone = false; !isDone; turn += 1) {
      const stream = await follow(turn % 2 ? one : other, user, data.runId, last, {
        cutAfter: 30_000,
      });
      const events = await stream.ended;
      read.push(Buffer.from(events.text.slice(0, events.text.lastIndexOf('\n\n') + 2)));
      last = events.ids.at(-1) ?? last;
      isDone = events.isDone;
    }
    const all = new ReadEvents(Buffer.concat(read));
    expect(all.parts).toEqual((await whole.ended).parts);
    const messages = await messagesOf(one, user, data.conversationId);
    expect(all.answer).toBe(messages.at(-1)!.content);
  });

  it('cancel each other’s runs within a second or so', async () => {
    const user = await aUser(one);
    const { data } = await accept(one, user, '/tell_story length=1 milliseconds=40000');
    const stream = await follow(other, user, data.runId);
    const cancelled = await call(other, `/api/chat/runs/${data.runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    expect(cancelled.status).toBe(200);
    const askedAt = performance.now();
    expect((await stream.ended).types.at(-1)).toBe('abort');
    expect(performance.now() - askedAt).toBeLessThan(1_000 + LENIENCE_MS);
  });

  it('end each other’s streams with a sign-out', async () => {
    const user = await aUser(one);
    const { data } = await accept(one, user, '/tell_story length=1 milliseconds=20000');
    const stream = await follow(other, user, data.runId);
    await call(one, '/api/auth/logout', { method: 'POST', token: user.token });
    const endedAt = performance.now();
    expect((await stream.ended).types.at(-1)).toBe('error');
    expect(performance.now() - endedAt).toBeLessThan(1_000 + LENIENCE_MS);
  });

  it('tell of a run whose process was killed, and of no other', async () => {
    const user = await aUser(one);
    const [lost, kept] = [
      await accept(one, user, '/tell_story length=1 milliseconds=40000'),
      await accept(other, user, '/tell_story length=30 milliseconds=7000'),
    ];
    const waiting = await follow(other, user, lost.data.runId);
    const following = await follow(other, user, kept.data.runId);
    await expect.poll(() => waiting.read().types).toContain('tool-input-available');
    await one.kill('SIGKILL');
    const killedAt = performance.now();
    expectInterrupted(await waiting.ended);
    expect(performance.now() - killedAt).toBeLessThan(TOLD_WITHIN_MS + LENIENCE_MS);
    const [message] = await messagesOf(other, user, lost.data.conversationId);
    expect(message).toMatchObject({ status: 'interrupted' });
    expect((await following.ended).types.at(-1)).toBe('finish');
  });
});

describe('a gateway that is killed', () => {
  it('tells after its restart that the run was interrupted', async () => {
    const gateway = await startGateway({ environment: await anEnvironment() });
    const user = await aUser(gateway);
    const stream = await streamOf(gateway, user, '/tell_story length=1 milliseconds=40000');
    await expect.poll(() => stream.read().types).toContain('tool-input-available');
    const { parts, ids } = stream.read();
    await gateway.kill('SIGKILL');
    await stream.ended;
    const again = await startGateway({ environment: { ...gateway.environment } });
    const { runId } = parts[0]!.messageMetadata!;
    expectInterrupted(await (await follow(again, user, runId, ids.at(-1))).ended);
  });
});

describe('a gateway that is stopped', () => {
  it('says in each stream when to come back, and ends its runs', async () => {
    const gateway = await startGateway({
      environment: { ...(await anEnvironment()), SHUTDOWN_DRAIN: '20s' },
    });
    const user = await aUser(gateway);
    const stream = await streamOf(gateway, user, '/tell_story length=10 milliseconds=2500');
    await expect.poll(() => stream.read().types).toContain('tool-input-available');
    const stopped = gateway.stop();
    const events = await stream.ended;
    expect(events.text).toMatch(/\nretry: \d{4}\ndata: \{"type":"data-reconnect"/);
    expect(events.types).not.toContain('finish');
    expect(await stopped).toBe(0);
    const again = await startGateway({ environment: { ...gateway.environment } });
    const { runId } = events.parts[0]!.messageMetadata!;
    const rest = await (await follow(again, user, runId, events.ids.at(-1))).ended;
    expect(rest.answer).toHaveLength(10);
    expect(rest.types.at(-1)).toBe('finish');
  });
});
