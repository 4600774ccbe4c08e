import fc from 'fast-check';
import { Redis } from 'ioredis';
import { randomUUID } from 'node:crypto';
import { MemoryThrottlerStorage } from './memory-throttler.storage.js';
import { RedisThrottlerStorage } from './redis-throttler.storage.js';

const redisUrl = process.env.TEST_REDIS_URL;
const storages = [
  { name: 'in memory', open: () => Promise.resolve(new MemoryThrottlerStorage()) },
  ...(redisUrl
    ? [
        {
          name: 'on Redis',
          open: async () => {
            const storage = new RedisThrottlerStorage(redisUrl);
            await storage.connect();
            return storage;
          },
        },
      ]
    : []),
];

describe.each(storages)('counters $name', ({ open }) => {
  it('let exactly the limit through, however many calls come at once', async () => {
    const storage = await open();
    const key = randomUUID();
    const records = await Promise.all(
      Array.from({ length: 200 }, () => storage.increment(key, 60_000, 5)),
    );
    expect(records.filter((record) => !record.isBlocked)).toHaveLength(5);
    expect(records.every((record) => record.timeToExpire <= 60)).toBe(true);
    storage.onApplicationShutdown();
  });

  it('count each key for itself, and afresh when the window has ended', async () => {
    const storage = await open();
    const [one, other] = [randomUUID(), randomUUID()];
    expect((await storage.increment(one, 1000, 1)).isBlocked).toBe(false);
    expect((await storage.increment(one, 1000, 1)).isBlocked).toBe(true);
    expect((await storage.increment(other, 1000, 1)).isBlocked).toBe(false);
    const isBlocked = async () => (await storage.increment(one, 1000, 1)).isBlocked;
    await expect.poll(isBlocked, { timeout: 10_000 }).toBe(false);
    storage.onApplicationShutdown();
  });
});

describe.each(storages)('a call that is taken back $name', ({ open }) => {
  it('leaves its place to another one', async () => {
    const storage = await open();
    const key = randomUUID();
    for (let n = 0; n < 2; n += 1) await storage.increment(key, 60_000, 2);
    expect((await storage.peek(key, 60_000, 2)).isBlocked).toBe(true);
    await storage.release(key);
    expect((await storage.increment(key, 60_000, 2)).isBlocked).toBe(false);
    expect((await storage.increment(key, 60_000, 2)).isBlocked).toBe(true);
    storage.onApplicationShutdown();
  });

  it('leaves one place, however many were refused meanwhile', async () => {
    const storage = await open();
    const key = randomUUID();
    for (let n = 0; n < 20; n += 1) await storage.increment(key, 60_000, 2);
    await storage.release(key);
    expect((await storage.increment(key, 60_000, 2)).isBlocked).toBe(false);
    storage.onApplicationShutdown();
  });

  it('never grants more than the limit, also where nothing was counted', async () => {
    const storage = await open();
    const key = randomUUID();
    for (let n = 0; n < 3; n += 1) await storage.release(key);
    expect((await storage.increment(key, 60_000, 1)).isBlocked).toBe(false);
    expect((await storage.increment(key, 60_000, 1)).isBlocked).toBe(true);
    storage.onApplicationShutdown();
  });
});

describe.each(storages)('a sliding window $name', ({ open }) => {
  const WINDOW = 400;

  /** Sends hits for several windows, and returns when each was sent that got through. */
  async function passed(storage: Awaited<ReturnType<typeof open>>, limit: number) {
    const key = randomUUID();
    const moments: { before: number; after: number }[] = [];
    const until = performance.now() + 5 * WINDOW;
    while (performance.now() < until) {
      const before = performance.now();
      const { isBlocked } = await storage.increment(key, WINDOW, limit);
      if (!isBlocked) moments.push({ before, after: performance.now() });
      await new Promise((done) => setTimeout(done, 3));
    }
    return moments;
  }

  it('lets no more than the limit through in any window, wherever it begins', async () => {
    const storage = await open();
    const moments = await passed(storage, 5);
    // Later ones got through as well: what was refused is not counted.
    expect(moments.length).toBeGreaterThan(5);
    const spans = moments.slice(5).map(({ after }, index) => after - moments[index]!.before);
    expect(Math.min(...spans)).toBeGreaterThanOrEqual(WINDOW - 2);
    storage.onApplicationShutdown();
  });

  it('tells how long it takes until there is room again', async () => {
    const storage = await open();
    const key = randomUUID();
    for (let n = 0; n < 3; n += 1) await storage.increment(key, 60_000, 2);
    const { isBlocked, timeToExpire, totalHits } = await storage.peek(key, 60_000, 2);
    expect([isBlocked, totalHits]).toEqual([true, 3]);
    expect(timeToExpire).toBeGreaterThan(50);
    expect(timeToExpire).toBeLessThanOrEqual(60);
    storage.onApplicationShutdown();
  });

  it('counts without a limit, too', async () => {
    const storage = await open();
    const key = randomUUID();
    for (let n = 0; n < 20; n += 1) await storage.increment(key, 60_000, Infinity);
    expect((await storage.peek(key, 60_000, Infinity)).totalHits).toBe(21);
    storage.onApplicationShutdown();
  });
});

describe.each(storages)('a look at a counter $name', ({ open }) => {
  it('tells what the next call would find, without counting it', async () => {
    const storage = await open();
    const key = randomUUID();
    expect((await storage.peek(key, 60_000, 1)).isBlocked).toBe(false);
    expect((await storage.peek(key, 60_000, 1)).isBlocked).toBe(false);
    await storage.increment(key, 60_000, 1);
    expect((await storage.peek(key, 60_000, 1)).isBlocked).toBe(true);
    storage.onApplicationShutdown();
  });
});

describe.each(storages)('forgetting counters $name', ({ open }) => {
  it('takes those whose key holds one of the texts, and no other', async () => {
    const storage = await open();
    const [person, name, other] = [randomUUID(), randomUUID(), randomUUID()];
    const forgotten = [`chat:${person}`, `global:${person}`, `login:${name}:192.0.2.7`];
    const kept = [`chat:${other}`, `login:${other}:192.0.2.7`];
    for (const key of [...forgotten, ...kept]) await storage.increment(key, 60_000, 1);
    await storage.forget([person, name]);
    const isCounted = async (key: string) => (await storage.peek(key, 60_000, 1)).isBlocked;
    expect(await Promise.all(forgotten.map(isCounted))).toEqual([false, false, false]);
    expect(await Promise.all(kept.map(isCounted))).toEqual([true, true]);
    storage.onApplicationShutdown();
  });

  it('takes a text as it is, whatever it means in a pattern', async () => {
    const storage = await open();
    const key = randomUUID();
    await storage.increment(key, 60_000, 1);
    await storage.forget(['*', `[${key}]`, '?']);
    expect((await storage.peek(key, 60_000, 1)).isBlocked).toBe(true);
    storage.onApplicationShutdown();
  });

  it('finds them among many', async () => {
    const storage = await open();
    const person = randomUUID();
    for (let n = 0; n < 3_000; n += 1) await storage.increment(`${n}:${person}`, 60_000, 1);
    await storage.forget([person]);
    for (let n = 0; n < 3_000; n += 100) {
      expect((await storage.peek(`${n}:${person}`, 60_000, 1)).isBlocked).toBe(false);
    }
    storage.onApplicationShutdown();
  });
});

describe('counters in memory', () => {
  it('hold the limit over the edge of what would be a fixed window', async () => {
    let now = 0;
    const storage = new MemoryThrottlerStorage(() => now);
    const through = async (at: number, hits: number) => {
      now = at;
      const records = [];
      for (let n = 0; n < hits; n += 1) records.push(await storage.increment('key', 10_000, 10));
      return records.filter(({ isBlocked }) => !isBlocked).length;
    };
    expect(await through(0, 1)).toBe(1);
    expect(await through(9_990, 20)).toBe(9);
    // The first is out of the window: one more, and not another ten.
    expect(await through(10_010, 20)).toBe(1);
    expect(await through(19_990, 20)).toBe(0);
    expect(await through(20_010, 20)).toBe(10);
    storage.onApplicationShutdown();
  });

  it('never let more through than the limit, whenever the hits come', async () => {
    const hits = fc.array(fc.integer({ min: 0, max: 400 }), { minLength: 1, maxLength: 200 });
    await fc.assert(
      fc.asyncProperty(hits, fc.integer({ min: 1, max: 8 }), async (pauses, limit) => {
        let now = 0;
        const storage = new MemoryThrottlerStorage(() => now);
        const passed: number[] = [];
        for (const pause of pauses) {
          now += pause;
          if (!(await storage.increment('key', 1_000, limit)).isBlocked) passed.push(now);
        }
        storage.onApplicationShutdown();
        const tooSoon = passed.filter((at, index) => at - (passed[index - limit] ?? -1e9) < 1_000);
        expect(tooSoon).toEqual([]);
      }),
    );
  });

  it('forget the windows that have ended', async () => {
    let now = 0;
    const storage = new MemoryThrottlerStorage(() => now);
    for (let i = 0; i < 1000; i += 1) await storage.increment(`key-${i}`, 1_000, 1);
    now = 2_000;
    storage.sweep();
    expect(storage.size).toBe(0);
    storage.onApplicationShutdown();
  });
});

describe.runIf(redisUrl)('counters that are asked for at once', () => {
  it('go to Redis as one command, which does not repeat the script', async () => {
    const storage = new RedisThrottlerStorage(redisUrl!);
    await storage.connect();
    const ask = () =>
      Promise.all(Array.from({ length: 10 }, () => storage.increment(randomUUID(), 60_000, 5)));
    await ask();
    const sent = vi.spyOn(Redis.prototype, 'sendCommand');
    const records = await ask();
    expect(sent.mock.calls.map(([{ name }]) => name)).toEqual(['evalsha']);
    sent.mockRestore();
    expect(records.every(({ totalHits, isShared }) => totalHits === 1 && isShared)).toBe(true);
    storage.onApplicationShutdown();
  });

  it('are counted by a server that has forgotten the script', async () => {
    const storage = new RedisThrottlerStorage(redisUrl!);
    await storage.connect();
    const key = randomUUID();
    await storage.increment(key, 60_000, 5);
    const admin = new Redis(redisUrl!);
    await admin.script('FLUSH');
    admin.disconnect();
    expect(await storage.increment(key, 60_000, 5)).toMatchObject({ totalHits: 2, isShared: true });
    storage.onApplicationShutdown();
  });
});

describe('counters on a Redis that is away', () => {
  it('are kept here in the meantime', async () => {
    const storage = new RedisThrottlerStorage('redis://127.0.0.1:1');
    await storage.connect();
    const key = randomUUID();
    expect((await storage.increment(key, 60_000, 1)).isBlocked).toBe(false);
    expect((await storage.increment(key, 60_000, 1)).isBlocked).toBe(true);
    storage.onApplicationShutdown();
  });

  it('are not said to be forgotten', async () => {
    const storage = new RedisThrottlerStorage('redis://127.0.0.1:1');
    await storage.connect();
    await expect(storage.forget([randomUUID()])).rejects.toBeInstanceOf(Error);
    storage.onApplicationShutdown();
  });
});
