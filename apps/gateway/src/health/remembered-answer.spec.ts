import { RememberedAnswer } from './remembered-answer.js';

describe('a remembered answer', () => {
  it('is asked for once, however many ask at once and within a second', async () => {
    let now = 0;
    let asked = 0;
    const remembered = new RememberedAnswer(
      async () => (asked += 1),
      () => now,
    );
    expect(await Promise.all([remembered.get(), remembered.get(), remembered.get()])).toEqual([
      1, 1, 1,
    ]);
    now = 999;
    expect(await remembered.get()).toBe(1);
    now = 1_001;
    expect(await remembered.get()).toBe(2);
  });

  it('has one question in the works, however long its answer takes', async () => {
    let now = 0;
    let asked = 0;
    const { promise, resolve } = Promise.withResolvers<string>();
    const remembered = new RememberedAnswer(
      () => {
        asked += 1;
        return promise;
      },
      () => now,
    );
    const first = remembered.get();
    now = 60_000;
    const second = remembered.get();
    resolve('at last');
    expect([await first, await second, asked]).toEqual(['at last', 'at last', 1]);
  });

  it('asks again after a failure, too', async () => {
    let now = 0;
    let asked = 0;
    const remembered = new RememberedAnswer(
      async () => {
        if ((asked += 1) === 1) throw new Error('away');
        return 'back';
      },
      () => now,
    );
    await expect(remembered.get()).rejects.toThrow('away');
    now = 1_001;
    expect(await remembered.get()).toBe('back');
  });
});
