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
