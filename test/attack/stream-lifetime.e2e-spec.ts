import {
  type ModelAnswer,
  type ModelServer,
  startModelServer,
  stream as begin,
} from '../../libs/models/src/testing/model-server.js';
import { chunk, DONE } from '../../libs/models/src/testing/open-ai-answers.js';
import { aTotpUser } from './auth/second-factor-user.ts';
import { aUser, call, type User } from '../e2e/client.ts';
import { DatabaseGate } from '../e2e/database-gate.ts';
import { aSecret, freshStorage, type Gateway, query, startGateway } from '../e2e/gateway.ts';
import { holding } from '../e2e/held-file.ts';
import { aModelFile, aModelsDir, MODEL_KEY } from '../e2e/models.ts';
import { aProfile, aProfilesDir } from '../e2e/profiles.ts';
import { aSlowProfile, follow, openStream, type Stream, streamOf } from '../e2e/streams.ts';

const DAY_MS = 86_400_000;

/** What a busy machine takes for its own part. Milliseconds. */
const LENIENCE_MS = 3_000;

describe('the events of an answer', () => {
  it('are kept for RUN_EVENTS_KEPT, and follow from the stored answer afterwards', async () => {
    const storage = await freshStorage();
    const environment = { ...storage, PROFILES_DIR: aProfilesDir(aSlowProfile()) };
    const gateway = await startGateway({ environment });
    const user = await aUser(gateway);
    const seen = await (await streamOf(gateway, user, '/tell_story length=20000')).ended;
    const { runId } = seen.parts[0]!.messageMetadata!;
    await query(gateway, `update runs set finished_at = ${ago(gateway, 2 * DAY_MS)}`);

    const [middle] = seen.ids.slice(-3);
    const expired = await follow(gateway, user, runId, middle);
    const told = await expired.ended;
    expect(expired.status).toBe(410);
    expect(told.text).toContain('"code":"events_expired"');
    const again = await (await follow(gateway, user, runId)).ended;
    expect([again.answer, again.isDone]).toEqual([seen.answer, true]);

    expect(await eventsOf(gateway)).toBeGreaterThan(0);
    await gateway.stop();
    const next = await startGateway({ environment: gateway.environment });
    await expect.poll(() => eventsOf(next)).toBe(0);
    const whole = await (await follow(next, user, runId)).ended;
    expect([whole.answer, whole.isDone]).toEqual([seen.answer, true]);
  });
});

describe('a stream of an account that is disabled', () => {
  it('ends within a second', async () => {
    const environment = { PROFILES_DIR: aProfilesDir(aSlowProfile()) };
    const gateway = await startGateway({ environment });
    const [admin, user] = [await aTotpUser(gateway), await aUser(gateway)];
    await query(gateway, `update accounts set role = 'admin' where id = '${admin.userId}'`);
    const stream = await streamOf(gateway, user, '/tell_story length=1 milliseconds=20000');
    const disable = () =>
      call(gateway, `/api/admin/users/${user.userId}/disabled`, {
        method: 'PUT',
        token: admin.token,
        body: { isDisabled: true },
      });
    // Until the role is known.
    await expect.poll(async () => (await disable()).status).toBe(200);
    const disabledAt = performance.now();
    const events = await stream.ended;
    expect(performance.now() - disabledAt).toBeLessThan(1_000 + LENIENCE_MS);
    expect(events.types.at(-1)).toBe('error');
    expect(events.types).not.toContain('finish');
  });
});

describe('a database that is away while an answer is written', () => {
  const words = Array.from({ length: 40 }, (_, n) => `word ${n} of the answer, `);
  let server: ModelServer;
  let sendMore: () => void;
  beforeAll(async () => {
    server = await startModelServer(inHalves(words, (more) => (sendMore = more)));
  });
  afterAll(() => server.close());

  it('delays the answer, and costs no word of it', async () => {
    const { environment, breakOff, mend } = await breakable();
    const gateway = await startGateway({
      environment: {
        ...environment,
        MODELS_DIR: aModelsDir(aModelFile('halves', server.url)),
        [MODEL_KEY]: aSecret(),
        PROFILES_DIR: aProfilesDir({
          'halves.json': aProfile('halves', {
            engine: 'model',
            model: { name: 'halves', instructions: 'Tell it.' },
          }),
        }),
      },
    });
    const user = await aUser(gateway);
    const stream = await openStream(gateway, '/api/chat', user, {
      method: 'POST',
      body: { message: 'Tell me.', profile_id: 'halves' },
      headers: { Accept: 'text/event-stream' },
    });
    await expect.poll(() => stream.read().answer).toContain(words[19]);
    await breakOff();
    sendMore();
    await expect.poll(() => gateway.log()).toContain('chat.log.unwritten');
    expect(stream.read().answer).not.toContain(words.at(-1));
    await mend();
    expect(await wholeAnswer(gateway, user, stream)).toBe(words.join(''));
    await gateway.stop();
  });
});

/** The database of a gateway, and how it is made unreachable and reachable again. */
async function breakable() {
  const storage = await freshStorage();
  if (!storage.DATABASE_URL) {
    let holder: Awaited<ReturnType<typeof holding>>;
    return {
      environment: storage,
      breakOff: async () => void (holder = await holding(storage, 'begin immediate')),
      mend: () => holder.letGo(),
    };
  }
  const url = new URL(storage.DATABASE_URL);
  const gate = new DatabaseGate(new URL(url));
  url.hostname = '127.0.0.1';
  url.port = String(await gate.open());
  return {
    environment: { ...storage, DATABASE_URL: url.href },
    breakOff: () => gate.close(),
    mend: async () => void (await gate.open(Number(url.port))),
  };
}

/** What a client has in the end that resumes whenever its stream breaks. */
async function wholeAnswer(gateway: Gateway, user: User, first: Stream): Promise<string> {
  let events = await first.ended;
  let answer = events.answer;
  const { runId } = events.parts[0]!.messageMetadata!;
  for (let last = events.ids.at(-1); !events.isDone;) {
    const stream = await follow(gateway, user, runId, last);
    events = await stream.ended;
    answer += events.answer;
    last = events.ids.at(-1) ?? last;
  }
  return answer;
}

/** The first half at once, the second one when the test says so. */
function inHalves(texts: readonly string[], onHalf: (more: () => void) => void): ModelAnswer {
  return (response) => {
    begin(response);
    const write = (some: readonly string[]) => {
      for (const content of some) response.write(chunk({ content }));
    };
    write(texts.slice(0, texts.length / 2));
    onHalf(() => {
      write(texts.slice(texts.length / 2));
      response.end(chunk({}, { finish: 'stop' }) + DONE);
    });
  };
}

async function eventsOf(gateway: Gateway): Promise<number> {
  const [row] = await query(gateway, 'select count(*) as count from run_events');
  return Number(row!.count);
}

function ago({ environment }: Gateway, ms: number): string {
  const time = Date.now() - ms;
  return environment.DATABASE_URL ? `'${new Date(time).toISOString()}'` : String(time);
}
