import { LoopTurns } from './loop-turns.js';

describe('the turns of the event loop', () => {
  it('have one piece of work each, in order, and serve others in between', async () => {
    const turns = new LoopTurns();
    const order: string[] = [];
    const pieces = ['a', 'b', 'c', 'd'].map(async (name) => {
      await turns.next();
      order.push(name);
      // What comes in meanwhile, such as a new connection.
      setImmediate(() => order.push('other'));
    });
    await Promise.all(pieces);
    expect(order.filter((name) => name !== 'other')).toEqual(['a', 'b', 'c', 'd']);
    expect(order.join(' ')).not.toMatch(/b c|c d/);
  });

  it('let a piece go on at once where none came before it', async () => {
    const turns = new LoopTurns();
    let hasTurned = false;
    setImmediate(() => (hasTurned = true));
    await turns.next();
    expect(hasTurned).toBe(false);
  });
});
