import { setImmediate } from 'node:timers/promises';
import { RepeatedMessage } from '../idempotency/repeated-message.js';
import { RunWatchers } from '../events/run-watchers.js';
import type { OpenRuns } from './open-runs.js';
import type { RunStore } from './run-store.js';
import { RunTurns } from './run-turns.js';
import { TakenTurn } from './taken-turn.js';

type Message = Parameters<RunTurns['begin']>[0];

const message = (text: string) =>
  ({
    text,
    accountId: 'ada',
    profile: { id: 'notes', limits: {} },
    conversationId: 'c',
  }) as Message;

/** A conversation that has one run at a time, and says in which order they began. */
class OneConversation {
  readonly begun: string[] = [];
  runId: string | undefined = 'first';

  get runs() {
    const run = { id: this.runId!, conversationId: 'c', status: 'running', place: null } as const;
    return { ofConversation: this.runId ? run : undefined, ofPlaces: [] };
  }

  begin({ text }: Message) {
    if (this.runId) return Promise.reject(new TakenTurn(this.runs));
    this.runId = text;
    this.begun.push(text);
    return Promise.resolve({ id: text });
  }

  assertFirst({ text, key }: Message) {
    const isKnown = key !== undefined && this.begun.includes(text);
    return isKnown ? Promise.reject(new RepeatedMessage(text)) : Promise.resolve();
  }

  mayWrite() {
    return Promise.resolve(true);
  }

  inTheWay() {
    return Promise.resolve(this.runs);
  }
}

describe('the turns of a conversation', () => {
  afterEach(() => vi.useRealTimers());

  function aConversation() {
    const watchers = new RunWatchers();
    const store = new OneConversation();
    const turns = new RunTurns(
      store as unknown as RunStore,
      store as unknown as OpenRuns,
      watchers,
    );
    const end = () => {
      const ended = store.runId!;
      store.runId = undefined;
      watchers.wake(ended);
    };
    return { store, turns, end };
  }

  it('go round in the order in which the messages came', async () => {
    const { store, turns, end } = aConversation();
    const texts = ['1', '2', '3', '4'];
    const begun = texts.map((text) => turns.begin(message(text)));
    for (const each of begun) {
      await setImmediate();
      end();
      await each;
    }
    expect(store.begun).toEqual(texts);
  });

  it('are not waited for by a repetition of what has begun', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { store, turns, end } = aConversation();
    const keyed = { ...message('1'), key: {} } as Message;
    const [first, second] = [turns.begin(keyed), turns.begin(message('2'))];
    const early = turns.begin(keyed).catch((error: unknown) => error);
    const refusal = second.catch((error: unknown) => error);
    await setImmediate();
    end();
    await first;
    await expect(turns.begin(keyed)).rejects.toBeInstanceOf(RepeatedMessage);
    await vi.advanceTimersByTimeAsync(20_000);
    expect(await refusal).toMatchObject({ code: 'conversation_busy' });
    expect(await early).toBeInstanceOf(RepeatedMessage);
    expect(store.begun).toEqual(['1']);
  });

  it('are waited for no longer than 20 seconds, and pass on to those behind', async () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
    const { store, turns, end } = aConversation();
    const impatient = turns.begin(message('1'));
    await vi.advanceTimersByTimeAsync(10_000);
    const patient = turns.begin(message('2'));
    const refusal = impatient.catch((error: unknown) => error);
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await refusal).toMatchObject({ code: 'conversation_busy', extra: { runId: 'first' } });
    end();
    await patient;
    expect(store.begun).toEqual(['2']);
  });

  it('are waited for no longer when the process is to end', async () => {
    const { store, turns } = aConversation();
    const waiting = ['1', '2'].map((text) => turns.begin(message(text)));
    await setImmediate();
    turns.stop();
    const ends = await Promise.allSettled(waiting);
    expect(
      ends.map((end) => end.status === 'rejected' && (end.reason as { code: string }).code),
    ).toEqual(['shutting_down', 'shutting_down']);
    await expect(turns.begin(message('3'))).rejects.toMatchObject({ code: 'shutting_down' });
    expect(store.begun).toEqual([]);
  });
});
