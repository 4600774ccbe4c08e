import { SlotQueue } from './slot-queue.js';

const waiting = (owner: string, number: number, { isProcess = true, isShared = false } = {}) => ({
  owner,
  number,
  isProcess,
  isShared,
});

describe('SlotQueue', () => {
  it('gives each owner one turn after the other, and what is shared the first', () => {
    const queue = new SlotQueue<ReturnType<typeof waiting>>();
    for (const entry of [
      waiting('a', 1),
      waiting('a', 2),
      waiting('a', 3),
      waiting('b', 1),
      waiting('b', 2),
      waiting('c', 1),
      waiting('profile', 1, { isShared: true }),
      waiting('a', 1, { isProcess: false }),
    ]) {
      queue.add(entry);
    }
    expect([queue.size, queue.ofKind(true), queue.ofOwner('a')]).toEqual([8, 7, 4]);
    const order: string[] = [];
    while (queue.size > 0) {
      const [next] = queue.inTurn();
      order.push(`${next!.owner}${next!.number}`);
      queue.served(next!);
    }
    expect(order).toEqual(['profile1', 'a1', 'b1', 'c1', 'a1', 'a2', 'b2', 'a3']);
    expect([queue.ofKind(true), queue.ofOwner('a'), queue.inTurn()]).toEqual([0, 0, []]);
  });

  it('forgets one that does not wait any longer', () => {
    const queue = new SlotQueue<ReturnType<typeof waiting>>();
    const gone = waiting('a', 1);
    queue.add(gone);
    expect([queue.remove(gone), queue.remove(gone), queue.size]).toEqual([true, false, 0]);
  });
});
