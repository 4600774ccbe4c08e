import { emitSignal, onSignals, type SecuritySignal } from './index.js';

const hit: SecuritySignal = { type: 'limit.hit', ip: '192.0.2.1', limit: 'api' };

describe('signals', () => {
  it('reach each listener until it ends', () => {
    const heard: SecuritySignal[] = [];
    const ends = [1, 2].map(() => onSignals((signal) => heard.push(signal)));
    emitSignal(hit);
    expect(heard).toEqual([hit, hit]);
    ends[0]!();
    emitSignal(hit);
    expect(heard).toHaveLength(3);
    ends[1]!();
    emitSignal(hit);
    expect(heard).toHaveLength(3);
  });

  it('never harm the call that emits, nor the other listeners', async () => {
    const uncaught = vi.fn<() => void>();
    process.on('uncaughtException', uncaught);
    const heard = vi.fn<() => void>();
    const ends = [
      onSignals(() => {
        throw new Error('of a listener');
      }),
      onSignals(heard),
    ];
    expect(() => emitSignal(hit)).not.toThrow();
    await new Promise(setImmediate);
    ends.forEach((end) => end());
    process.off('uncaughtException', uncaught);
    expect([heard.mock.calls.length, uncaught.mock.calls.length]).toEqual([1, 0]);
  });
});
