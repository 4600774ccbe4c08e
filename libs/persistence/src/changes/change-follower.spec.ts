import type { EntityManager } from '@mikro-orm/core';
import type { Logger } from '@nestjs/common';
import type { MockInstance } from 'vitest';
import { ChangeFollower } from './change-follower.js';
import { ChangeLookJob } from './change-look.job.js';
import type { ChangeTopic } from './change-topic.js';

const LOOK_MS = 250;
const READ_ANYWAY_MS = 10_000;

/** Answers the one statement with the counters as they are, or fails while it is away. */
class ToldCounters {
  readonly statements: string[] = [];
  readonly versions = new Map<ChangeTopic, number | string>();
  isAway = false;

  fork(): this {
    return this;
  }

  execute(sql: string): Promise<object[]> {
    this.statements.push(sql);
    if (this.isAway) return Promise.reject(new Error('away'));
    return Promise.resolve(Array.from(this.versions, ([topic, version]) => ({ topic, version })));
  }
}

class CountingFollower extends ChangeFollower {
  protected readonly log = { error: () => undefined } as unknown as Logger;
  looks = 0;
  reads = 0;
  /** What a read does. */
  reading: () => Promise<void> = () => Promise.resolve();

  constructor(look: ChangeLookJob, topic: ChangeTopic) {
    super(look, 'counting.unread', topic);
  }

  protected read(): Promise<void> {
    this.reads += 1;
    return this.reading();
  }

  protected override afterLook(): void {
    this.looks += 1;
  }
}

describe('a follower of changes', () => {
  let database: ToldCounters;
  let look: ChangeLookJob;
  let blocks: CountingFollower;
  let keys: CountingFollower;
  let error: MockInstance;
  let info: MockInstance;

  beforeEach(async () => {
    vi.useFakeTimers();
    database = new ToldCounters();
    database.versions.set('blocks', '7');
    look = new ChangeLookJob(database as unknown as EntityManager);
    error = vi.spyOn(look['log'], 'error').mockImplementation(() => undefined);
    info = vi.spyOn(look['log'], 'log').mockImplementation(() => undefined);
    blocks = new CountingFollower(look, 'blocks');
    keys = new CountingFollower(look, 'keys');
    for (const one of [look, blocks, keys]) await one.onApplicationBootstrap();
    await vi.advanceTimersByTimeAsync(2 * LOOK_MS);
    for (const one of [blocks, keys]) one.reads = one.looks = 0;
    database.statements.length = 0;
  });
  afterEach(async () => {
    for (const one of [look, blocks, keys]) await one.onModuleDestroy();
    vi.useRealTimers();
  });

  it('reads when the counter of its topic has moved, and not when another one has', async () => {
    database.versions.set('blocks', '8');
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect([blocks.reads, keys.reads]).toEqual([1, 0]);
    await vi.advanceTimersByTimeAsync(4 * LOOK_MS);
    expect([blocks.reads, keys.reads]).toEqual([1, 0]);
  });

  it('reads when the counter is another one, as after a restore', async () => {
    database.versions.set('blocks', '3');
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(blocks.reads).toBe(1);
  });

  it('shares one statement with all others', async () => {
    await vi.advanceTimersByTimeAsync(4 * LOOK_MS);
    expect(database.statements).toHaveLength(4);
    expect([blocks.looks, keys.looks]).toEqual([4, 4]);
  });

  it('reads again what was committed while it read', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    blocks.reading = () => promise;
    database.versions.set('blocks', '8');
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    database.versions.set('blocks', '9');
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(blocks.reads).toBe(1);
    resolve();
    await vi.advanceTimersByTimeAsync(3 * LOOK_MS);
    expect(blocks.reads).toBe(2);
  });

  it('keeps no other waiting for its rows', async () => {
    blocks.reading = () => new Promise((resolve) => setTimeout(resolve, 20 * LOOK_MS));
    database.versions.set('blocks', '8');
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    database.versions.set('keys', '1');
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(keys.reads).toBe(1);
    await vi.advanceTimersByTimeAsync(20 * LOOK_MS);
  });

  it('repeats a read that failed', async () => {
    let failures = 2;
    blocks.reading = () => (failures-- > 0 ? Promise.reject(new Error('away')) : Promise.resolve());
    database.versions.set('blocks', '8');
    await vi.advanceTimersByTimeAsync(5 * LOOK_MS);
    expect(blocks.reads).toBe(3);
  });

  it('reads every ten seconds without a change', async () => {
    await vi.advanceTimersByTimeAsync(READ_ANYWAY_MS);
    expect([blocks.reads, keys.reads]).toEqual([1, 1]);
  });

  it('is told nothing while the database is away, which is logged once, and catches up', async () => {
    database.isAway = true;
    database.versions.set('blocks', '8');
    await vi.advanceTimersByTimeAsync(4 * LOOK_MS);
    expect([blocks.reads, blocks.looks]).toEqual([0, 0]);
    database.isAway = false;
    await vi.advanceTimersByTimeAsync(LOOK_MS);
    expect(blocks.reads).toBe(1);
    expect(error).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({ event: 'changes.unread' }),
    );
    expect(info).toHaveBeenCalledExactlyOnceWith({ event: 'changes.read' });
  });
});
