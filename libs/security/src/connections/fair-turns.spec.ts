import { AsyncLocalStorage } from 'node:async_hooks';
import { BEGUN_AT_ONCE, FairTurns } from './fair-turns.js';

describe('the turns of clients', () => {
  const turn = () => new Promise((resolve) => setImmediate(resolve));
  const numberOf = (request: string) => Number(request.slice(1));
  let turns: FairTurns;
  let begun: string[];
  const take = (client: string, count: number, list = begun) => {
    for (let n = 1; n <= count; n += 1) {
      void turns.next(client).then(() => list.push(`${client}${n}`));
    }
  };
  beforeEach(() => {
    turns = new FairTurns();
    begun = [];
  });

  it('begin one request of each client that waits, in order, and again from the first', async () => {
    take('a', 100);
    take('b', 2);
    await turn();
    expect(begun).toEqual(['a1', 'b1', 'a2', 'b2', 'a3', 'a4', 'a5', 'a6']);
  });

  it('begin a few in each turn however many clients wait, each client once before another one twice', async () => {
    const clients = Array.from({ length: 3 * BEGUN_AT_ONCE }, (_, n) => `c${n}-`);
    for (const client of clients) take(client, 2);
    for (let n = 1; n <= 3; n += 1) {
      await turn();
      expect(begun).toHaveLength(n * BEGUN_AT_ONCE);
    }
    expect(begun).toEqual(clients.map((client) => `${client}1`));
  });

  it('reach a client that comes later before what others have sent earlier', async () => {
    take('a', 1_000);
    await turn();
    take('b', 1);
    await turn();
    await turn();
    expect(begun).toContain('b1');
    expect(begun.length).toBeLessThanOrEqual(3 * BEGUN_AT_ONCE + 1);
  });

  it('begin a few in each turn if one client is alone, in order, and others are served in between', async () => {
    take('a', 3 * BEGUN_AT_ONCE);
    const counts = [];
    for (let n = 0; n < 4; n += 1) {
      counts.push(begun.length);
      await turn();
    }
    expect(counts).toEqual([0, 1, 2, 3].map((n) => n * BEGUN_AT_ONCE));
    expect(begun).toEqual(begun.toSorted((one, other) => numberOf(one) - numberOf(other)));
  });

  it('begin each request in its own asynchronous context', async () => {
    const context = new AsyncLocalStorage<string>();
    const seen: unknown[] = [];
    for (const request of ['a1', 'a2', 'b1']) {
      void context.run(request, async () => {
        await turns.next(request[0]!);
        seen.push(context.getStore());
      });
    }
    await turn();
    expect(seen).toEqual(['a1', 'b1', 'a2']);
  });

  it('come again after there were none', async () => {
    take('a', 1);
    await turn();
    take('a', 1);
    await turn();
    expect(begun).toEqual(['a1', 'a1']);
  });
});
