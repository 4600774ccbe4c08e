import { OpenLog } from './open-log.js';

const settled = async (promise: Promise<void>) => {
  const pending = Symbol('pending');
  const first = await Promise.race([promise, Promise.resolve(pending)]);
  return first !== pending;
};

const textOf = (parts: readonly { part: string }[]) =>
  parts.map(({ part }) => (JSON.parse(part) as { delta?: string }).delta ?? '').join('');

describe('the log of a run at work', () => {
  it('joins what comes while it is written, and numbers what it gives out', async () => {
    const log = new OpenLog('run', () => undefined);
    await log.append({ type: 'text-start', id: 'text-1' });
    for (const piece of ['a', 'b', 'c']) await log.appendText('text-1', piece);
    await log.append({ type: 'text-end', id: 'text-1' });
    const parts = log.take(1_000);
    expect(parts.map(({ seq }) => seq)).toEqual([3, 4, 5]);
    expect(textOf(parts)).toBe('abc');
    expect(log.hasPending).toBe(false);
  });

  it('divides a long text between characters', () => {
    const log = new OpenLog('run', () => undefined);
    const text = `x${'👩‍🚀'.repeat(20_000)}`;
    void log.appendText('text-1', text);
    const parts = log.take(Infinity);
    expect(parts.length).toBeGreaterThan(1);
    expect(parts.every(({ part }) => part.isWellFormed())).toBe(true);
    expect(textOf(parts)).toBe(text);
  });

  it('lets its engine wait while too much is not written', async () => {
    const log = new OpenLog('run', () => undefined);
    expect(await settled(log.appendText('text-1', 'x'.repeat(200_000)))).toBe(true);
    const late = log.appendText('text-1', 'x'.repeat(200_000));
    expect(await settled(late)).toBe(false);
    while (log.hasPending) {
      log.take(64 * 1024);
      log.committed();
    }
    await late;
    await log.written();
  });

  it('tells its engine that it cannot be written', async () => {
    const log = new OpenLog('run', () => undefined);
    void log.appendText('text-1', 'x');
    log.take(10);
    const written = log.written();
    log.fail(new Error('no'));
    await expect(written).rejects.toThrow('no');
    await expect(log.appendText('text-1', 'y')).rejects.toThrow('no');
  });

  it('refuses a part that no reader could hold', async () => {
    const log = new OpenLog('run', () => undefined);
    const part = { type: 'data-card', data: 'x'.repeat(70_000) } as const;
    await expect(log.append(part)).rejects.toThrow(RangeError);
  });
});
