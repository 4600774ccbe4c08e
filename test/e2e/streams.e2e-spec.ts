import { writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { randomInt, randomUUID } from 'node:crypto';
import { aUser, call, type Chat, type User } from './client.ts';
import { type Gateway, query, startGateway } from './gateway.ts';
import { aProfilesDir } from './profiles.ts';
import { aSlowProfile, follow, openStream, ReadEvents, streamOf } from './streams.ts';

/** What a busy machine takes for its own part. Milliseconds. */
const LENIENCE_MS = 3_000;

const signal = join(tmpdir(), `signal-${randomUUID()}`);

let gateway: Gateway;
let user: User;
beforeAll(async () => {
  const environment = { PROFILES_DIR: aProfilesDir(aSlowProfile(signal)) };
  gateway = await startGateway({ environment });
  user = await aUser(gateway);
});

interface AcceptedRun {
  readonly runId: string;
  readonly conversationId: string;
}

/** Sends a message without waiting for its answer. */
const accept = (message: string, by: User = user) =>
  call<AcceptedRun>(gateway, '/api/chat', {
    token: by.token,
    body: { message, profile_id: 'slow' },
    headers: { Prefer: 'respond-async' },
  });

const runOf = async (runId: string, by: User = user) =>
  (await call(gateway, `/api/chat/runs/${runId}`, { token: by.token })).data;

const historyOf = async (conversationId: string) =>
  (
    await call<{ messages: Record<string, unknown>[] }>(
      gateway,
      `/api/chat/history/${conversationId}`,
      { token: user.token },
    )
  ).data.messages;

describe('an answer', () => {
  it('is a stream for a client that asks for one', async () => {
    const stream = await streamOf(gateway, user, '/tell_story length=100');
    expect(stream.status).toBe(200);
    expect(stream.headers).toMatchObject({
      'content-type': 'text/event-stream',
      'x-vercel-ai-ui-message-stream': 'v1',
      'cache-control': expect.stringContaining('no-store') as string,
      'x-accel-buffering': 'no',
      'x-content-type-options': 'nosniff',
      'content-security-policy': expect.any(String) as string,
      'x-request-id': expect.any(String) as string,
    });
    expect(stream.headers['content-encoding']).toBeUndefined();
    const events = await stream.ended;
    expect(events.types).toEqual([
      'start',
      'data-run',
      'tool-input-available',
      'tool-output-available',
      'text-start',
      'text-delta',
      'text-end',
      'data-run',
      'finish',
    ]);
    expect(events.isDone).toBe(true);
    expect(events.ids).toHaveLength(events.parts.length);
    expect(events.text).not.toMatch(/tell_story|stdio|slow-server/);
  });

  it('has the same text in each form, byte for byte', async () => {
    const message = '/tell_story length=50000';
    const whole = await call<Chat>(gateway, '/api/chat', {
      token: user.token,
      body: { message, profile_id: 'slow' },
    });
    const { answer, parts } = await (await streamOf(gateway, user, message)).ended;
    expect(answer).toBe(whole.data.response);
    const { runId, conversationId } = parts[0]!.messageMetadata!;
    const stored = await historyOf(conversationId);
    expect(stored.at(-1)).toMatchObject({ id: parts[0]!.messageId, content: answer, runId });
    const plain = (
      await call<{ messages: { runId: string }[] }>(
        gateway,
        `/api/chat/history/${whole.data.conversationId}`,
        { token: user.token },
      )
    ).data.messages[0]!.runId;
    expect((await (await follow(gateway, user, plain)).ended).answer).toBe(answer);
    expect(await query(gateway, `select seq from run_events where run_id = '${plain}'`)).toEqual(
      [],
    );
  });

  it('is made without a client that does not wait for it', async () => {
    const { status, headers, data } = await accept('/tell_story length=20 milliseconds=300');
    expect(status).toBe(202);
    expect(headers.get('preference-applied')).toBe('respond-async');
    expect(await runOf(data.runId)).toMatchObject({ status: 'running', finishedAt: null });
    const stream = await follow(gateway, user, data.runId);
    expect((await stream.ended).types.at(-1)).toBe('finish');
    expect(await runOf(data.runId)).toMatchObject({ status: 'succeeded' });
  });

  it('is recorded in the audit trail with its end, however it is asked for', async () => {
    const by = await aUser(gateway);
    await (
      await streamOf(gateway, by, '/tell_story length=1')
    ).ended;
    await (
      await streamOf(gateway, by, '/nothing')
    ).ended;
    const { data } = await accept('/tell_story length=1 milliseconds=30000', by);
    await call(gateway, `/api/chat/runs/${data.runId}/cancel`, { method: 'POST', token: by.token });
    const records = () =>
      query(
        gateway,
        `select action, outcome from audit_records where actor_id = '${by.userId}' order by id`,
      );
    await expect.poll(records).toHaveLength(5);
    expect(await records()).toEqual([
      { action: 'account.registered', outcome: 'succeeded' },
      { action: 'message.sent', outcome: 'succeeded' },
      { action: 'message.sent', outcome: 'succeeded' },
      { action: 'message.sent', outcome: 'run_cancelled' },
      { action: 'run.cancelled', outcome: 'succeeded' },
    ]);
  });
});

describe('a stream that is cut', () => {
  it('at any byte goes on where it was, without a hole and without a duplicate', async () => {
    const stream = await streamOf(gateway, user, '/tell_story length=120000');
    const { text, parts, answer } = await stream.ended;
    const { runId } = parts[0]!.messageMetadata!;
    const length = Buffer.byteLength(text);
    let cuts = 0;
    for (let trial = 0; trial < 6; trial += 1) {
      const read: Buffer[] = [];
      let last: string | undefined;
      for (let isDone = false; !isDone;) {
        const cutAfter = randomInt(1, Math.ceil(length / 4));
        const events = await (await follow(gateway, user, runId, last, { cutAfter })).ended;
        const whole = events.text.slice(0, events.text.lastIndexOf('\n\n') + 2);
        if (events.ids.length > 0 || events.isDone) read.push(Buffer.from(whole));
        last = events.ids.at(-1) ?? last;
        isDone = events.isDone;
        cuts += 1;
      }
      const all = new ReadEvents(Buffer.concat(read));
      expect(new Set(all.ids).size).toBe(all.ids.length);
      expect(all.parts).toEqual(parts);
      expect(all.answer).toBe(answer);
    }
    expect(cuts).toBeGreaterThan(24);
  });

  it('at each of 240 bytes of a short one is resumed to the same text', async () => {
    const { text, parts } = await (await streamOf(gateway, user, '/tell_story length=40')).ended;
    const { runId } = parts[0]!.messageMetadata!;
    const length = Buffer.byteLength(text);
    const trial = async () => {
      const first = await follow(gateway, user, runId, undefined, {
        cutAfter: randomInt(1, length),
      });
      const seen = await first.ended;
      const rest = await (await follow(gateway, user, runId, seen.ids.at(-1))).ended;
      expect([...seen.parts, ...rest.parts]).toEqual(parts);
      expect(rest.isDone).toBe(true);
    };
    for (let done = 0; done < 240; done += 4) {
      await Promise.all([trial(), trial(), trial(), trial()]);
    }
  });

  it('while the answer is made loses nothing of it', async () => {
    const { data } = await accept('/tell_story length=300000 milliseconds=400');
    const read: Buffer[] = [];
    let last: string | undefined;
    for (let isDone = false; !isDone;) {
      const cutAfter = randomInt(1, 60_000);
      const stream = await follow(gateway, user, data.runId, last, { cutAfter });
      if (randomInt(3) === 0) setTimeout(() => stream.hangUp(), randomInt(50));
      const events = await stream.ended;
      read.push(Buffer.from(events.text.slice(0, events.text.lastIndexOf('\n\n') + 2)));
      last = events.ids.at(-1) ?? last;
      isDone = events.isDone;
    }
    const all = new ReadEvents(Buffer.concat(read));
    expect(all.answer).toBe((await historyOf(data.conversationId)).at(-1)!.content);
    expect(new Set(all.ids).size).toBe(all.ids.length);
  });

  it.each([
    ['from the future', (id: string) => id.replace(/^\d+/, '9999'), 404, 'event_not_found'],
    ['of another run', (id: string) => id.replace(/-.*/, '-0123456789ab'), 400, 'invalid_event_id'],
    ['that is garbage', () => 'garbage', 400, 'invalid_event_id'],
    ['that is negative', (id: string) => `-${id}`, 400, 'invalid_event_id'],
    ['of 10,000 characters', () => '1'.repeat(10_000), 400, 'invalid_event_id'],
  ])('is not resumed behind an id %s', async (_, change, status, code) => {
    const { parts, ids } = await (await streamOf(gateway, user, '/tell_story length=1')).ended;
    const { runId } = parts[0]!.messageMetadata!;
    const refused = await call(gateway, `/api/chat/runs/${runId}/events`, {
      token: user.token,
      headers: { 'Last-Event-ID': change(ids[3]!) },
    });
    expect([refused.status, refused.body.error?.code]).toEqual([status, code]);
  });

  it('can be resumed by the query as well', async () => {
    const { parts, ids } = await (await streamOf(gateway, user, '/tell_story length=1')).ended;
    const { runId } = parts[0]!.messageMetadata!;
    const path = `/api/chat/runs/${runId}/events?after=${ids[4]}`;
    expect((await (await openStream(gateway, path, user)).ended).parts).toEqual(parts.slice(5));
  });

  it('is resumed by no other user, who is told nothing of the run', async () => {
    const { parts, ids } = await (await streamOf(gateway, user, '/tell_story length=1')).ended;
    const { runId } = parts[0]!.messageMetadata!;
    const other = await aUser(gateway);
    const attempt = async (path: string, method: string, headers: Record<string, string> = {}) => {
      const answer = await call(gateway, path, { token: other.token, method, headers });
      return [answer.status, answer.body.error?.code, answer.body.error?.message];
    };
    for (const [path, method] of [
      ['', 'GET'],
      ['/events', 'GET'],
      ['/cancel', 'POST'],
    ] as const) {
      const theirs = await attempt(`/api/chat/runs/${runId}${path}`, method);
      const unknown = await attempt(`/api/chat/runs/${randomUUID()}${path}`, method);
      expect(theirs).toEqual(unknown);
      expect(theirs[0]).toBe(404);
    }
    for (const id of [ids[3]!, 'garbage']) {
      const headers = { 'Last-Event-ID': id };
      const resumed = await attempt(`/api/chat/runs/${runId}/events`, 'GET', headers);
      expect(resumed[1]).toBe('run_not_found');
    }
  });
});

describe('a run', () => {
  it('is cancelled once, and keeps what there was of its answer', async () => {
    const { data } = await accept('/tell_story length=10 milliseconds=30000');
    const stream = await follow(gateway, user, data.runId);
    const cancel = () =>
      call(gateway, `/api/chat/runs/${data.runId}/cancel`, { method: 'POST', token: user.token });
    for (const { status, data: run } of [await cancel(), await cancel()]) {
      expect([status, run.status]).toEqual([200, 'cancelled']);
    }
    const events = await stream.ended;
    expect(events.types.slice(-2)).toEqual(['data-run', 'abort']);
    expect(events.parts.at(-2)!.data).toMatchObject({ status: 'cancelled' });
    expect(events.types).not.toContain('finish');
    expect((await historyOf(data.conversationId)).map(({ status }) => status)).toEqual([
      'cancelled',
    ]);
  });

  it('that has ended cannot be cancelled', async () => {
    const { parts } = await (await streamOf(gateway, user, '/tell_story length=1')).ended;
    const { runId } = parts[0]!.messageMetadata!;
    const answer = await call(gateway, `/api/chat/runs/${runId}/cancel`, {
      method: 'POST',
      token: user.token,
    });
    expect([answer.status, answer.body.error?.code]).toEqual([409, 'run_ended']);
    expect(await runOf(runId)).toMatchObject({ status: 'succeeded' });
  });

  it('is told to all who follow it, when it ends', async () => {
    const { data } = await accept('/wait_for_signal');
    const streams = await Promise.all(
      Array.from({ length: 8 }, () => follow(gateway, user, data.runId)),
    );
    const refused = await call(gateway, `/api/chat/runs/${data.runId}/events`, {
      token: user.token,
    });
    expect([refused.status, refused.body.error?.code]).toEqual([429, 'too_many_streams']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    writeFileSync(signal, '');
    for (const { ended } of streams) expect((await ended).answer).toBe('The signal is there.');
  });
});

describe('of 1,000 streams of one user', () => {
  it('all but a few are refused, and others are served', async () => {
    const by = await aUser(gateway);
    const { data } = await accept('/tell_story length=1 milliseconds=40000', by);
    const open = await Promise.all(
      Array.from({ length: 8 }, () => follow(gateway, by, data.runId)),
    );
    expect(open.map(({ status }) => status)).toEqual(Array(8).fill(200));
    const statuses = new Set<number>();
    for (let sent = 0; sent < 1_000; sent += 50) {
      const batch = Array.from({ length: 50 }, () => follow(gateway, by, data.runId));
      for (const stream of await Promise.all(batch)) {
        statuses.add(stream.status);
        stream.hangUp();
      }
    }
    expect([...statuses]).toEqual([429]);
    const other = await aUser(gateway);
    expect((await (await streamOf(gateway, other, '/tell_story length=1')).ended).isDone).toBe(
      true,
    );
    open[0]!.hangUp();
    await expect
      .poll(async () => {
        const stream = await follow(gateway, by, data.runId);
        stream.hangUp();
        return stream.status;
      })
      .toBe(200);
  });
});

describe('a stream ends with its session', () => {
  it.each([
    [
      'a sign-out',
      (by: User) => call(gateway, '/api/auth/logout', { method: 'POST', token: by.token }),
    ],
    [
      'a sign-out everywhere',
      (by: User) => call(gateway, '/api/auth/logout-all', { method: 'POST', token: by.token }),
    ],
    [
      'a request to erase the account',
      (by: User) => call(gateway, '/api/me', { method: 'DELETE', token: by.token }),
    ],
  ])('within a second of %s', async (_, end) => {
    const by = await aUser(gateway);
    const { data } = await accept('/tell_story length=1 milliseconds=20000', by);
    const stream = await follow(gateway, by, data.runId);
    expect((await end(by)).status).toBe(200);
    const endedAt = performance.now();
    const events = await stream.ended;
    expect(performance.now() - endedAt).toBeLessThan(1_000 + LENIENCE_MS);
    expect(events.types.at(-1)).toBe('error');
    expect(events.types).not.toContain('finish');
  });
});
