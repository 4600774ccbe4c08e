import { type Turn, TurnQueue } from './turn-queue.js';

const from = (address: string, isKnown = false): Turn => ({ address, isKnown });

/** A queue whose tasks end when the test ends them. */
function aQueue(options: Partial<ConstructorParameters<typeof TurnQueue>[0]> = {}) {
  const queue = new TurnQueue({
    slots: 1,
    slotsPerAddress: 1,
    mostWaiting: 32,
    mostWaitingPerAddress: 8,
    ...options,
  });
  const started: string[] = [];
  const ends: (() => void)[] = [];
  const refused: string[] = [];
  const add = (name: string, turn: Turn) =>
    queue
      .run(turn, () => {
        started.push(name);
        return new Promise<void>((end) => ends.push(end));
      })
      .catch(() => void refused.push(name));
  const settle = async () => {
    for (let n = 0; n < 5; n += 1) await Promise.resolve();
  };
  /** Ends the tasks one by one until none is left. */
  const drain = async () => {
    await settle();
    while (ends.length > 0) {
      ends.shift()!();
      await settle();
    }
    return started;
  };
  return { queue, add, settle, drain, started, refused, ends };
}

describe('tasks that wait', () => {
  it('of one address delay another address by one turn only', async () => {
    const { add, drain } = aQueue({ mostWaitingPerAddress: 100, mostWaiting: 200 });
    for (let n = 0; n < 100; n += 1) void add(`flood-${n}`, from('flood'));
    void add('owner', from('home'));
    const order = await drain();
    expect(order.indexOf('owner')).toBeLessThanOrEqual(2);
    expect(order).toHaveLength(101);
  });

  it('take turns by address, each in its own order', async () => {
    const { add, drain } = aQueue();
    for (const name of ['a1', 'a2', 'a3', 'b1', 'b2', 'c1']) void add(name, from(name[0]!));
    // a2 was queued before any task of another address.
    expect(await drain()).toEqual(['a1', 'a2', 'b1', 'c1', 'a3', 'b2']);
  });

  it('of 35 addresses delay a known device by the running task only', async () => {
    const { add, drain } = aQueue({ mostWaiting: 128 });
    for (let n = 0; n < 35 * 8; n += 1) void add(`flood-${n}`, from(`address-${n % 35}`));
    void add('owner', from('home', true));
    expect((await drain()).indexOf('owner')).toBe(1);
  });

  it('are not starved by known devices', async () => {
    const { add, drain } = aQueue();
    for (let n = 0; n < 8; n += 1) void add(`known-${n}`, from('known', true));
    void add('stranger', from('elsewhere'));
    expect((await drain()).indexOf('stranger')).toBeLessThanOrEqual(3);
  });

  it('leave a slot to others, however many tasks one address has', async () => {
    const { add, settle, started } = aQueue({ slots: 4, slotsPerAddress: 2 });
    for (let n = 0; n < 6; n += 1) void add(`flood-${n}`, from('flood'));
    await settle();
    expect(started).toEqual(['flood-0', 'flood-1']);
    void add('owner', from('home'));
    await settle();
    expect(started.at(-1)).toBe('owner');
  });

  it('are bounded for each address, and a refusal says when to retry', async () => {
    const { queue, add, drain, refused, settle } = aQueue();
    for (let n = 0; n < 20; n += 1) void add(`flood-${n}`, from('flood'));
    await settle();
    expect(refused).toHaveLength(20 - 9);
    const more = queue.run(from('flood'), () => Promise.resolve());
    await expect(more).rejects.toMatchObject({
      code: 'unavailable',
      extra: { retryAfter: expect.any(Number) as number },
    });
    expect(await drain()).toHaveLength(9);
    expect(queue.waiting).toBe(0);
  });

  it('give way in a full queue to an address with fewer tasks', async () => {
    const { queue, add, settle, refused, drain } = aQueue({ mostWaiting: 8 });
    for (let n = 0; n < 9; n += 1) void add(`flood-${n}`, from('flood'));
    void add('owner', from('home'));
    await settle();
    expect(refused).toEqual(['flood-8']);
    expect(queue.waiting).toBe(8);
    expect((await drain()).indexOf('owner')).toBeLessThanOrEqual(2);
  });

  it('of different addresses in a full queue give way to a known device only', async () => {
    const { add, settle, refused } = aQueue({ mostWaiting: 8 });
    for (let n = 0; n < 9; n += 1) void add(`flood-${n}`, from(`address-${n}`));
    void add('stranger', from('elsewhere'));
    void add('owner', from('home', true));
    await settle();
    expect(refused).toHaveLength(2);
    expect(refused[0]).toBe('stranger');
    expect(refused).not.toContain('owner');
  });

  it('continue after a task that fails', async () => {
    const { queue, add, drain } = aQueue();
    await expect(queue.run(from('a'), () => Promise.reject(new Error('failed')))).rejects.toThrow(
      'failed',
    );
    void add('next', from('a'));
    expect(await drain()).toEqual(['next']);
  });
});
