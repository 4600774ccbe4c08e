import { patiently, withSharedPatience } from './database-patience.js';

/** A database that never answers: a call waits as long as it may. */
const inVain = (most: number, waited: number[]) =>
  patiently(most, async (patience) => {
    waited.push(Math.round(patience));
    await vi.advanceTimersByTimeAsync(patience);
    throw new Error('no answer');
  }).catch((error: Error) => error.name);

describe('waiting for the database', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  const inRequest = <T>(work: () => Promise<T>) =>
    new Promise<T>((resolve, reject) =>
      withSharedPatience(() => void work().then(resolve, reject)),
    );

  it('takes a request as long as one call, however many it makes', async () => {
    const waited: number[] = [];
    const names = await inRequest(async () => [
      await inVain(10_000, waited),
      await inVain(10_000, waited),
      await inVain(10_000, waited),
    ]);
    expect(names).toEqual(['Error', 'DatabaseTimeout', 'DatabaseTimeout']);
    expect(waited).toEqual([10_000]);
  });

  it('counts a slow answer, and forgets it with a prompt one', async () => {
    const waited: number[] = [];
    await inRequest(async () => {
      await patiently(10_000, () => vi.advanceTimersByTimeAsync(7_000));
      await inVain(10_000, waited);
      await vi.advanceTimersByTimeAsync(10_001);
      await patiently(10_000, async () => undefined);
      await inVain(10_000, waited);
    });
    expect(waited).toEqual([3_000, 10_000]);
  });

  it('takes each call outside of requests as long as it may', async () => {
    const waited: number[] = [];
    await inVain(10_000, waited);
    await inVain(10_000, waited);
    expect(waited).toEqual([10_000, 10_000]);
  });
});
