import type { Principal } from '@app/access';
import { PrincipalCache } from './principal-cache.js';

const SESSION_ID = '0199a3b4-0000-7000-8000-000000000001';
const principal = { sessionId: SESSION_ID } as Principal;

/** A read of the database that ends when the test says so. */
function aRead() {
  const { promise, resolve, reject } = Promise.withResolvers<Principal | undefined>();
  return { read: vi.fn<() => Promise<Principal | undefined>>(() => promise), resolve, reject };
}

describe('a read of a session', () => {
  afterEach(() => vi.useRealTimers());

  it('is shared by the calls that come meanwhile', async () => {
    const cache = new PrincipalCache();
    const { read, resolve } = aRead();
    const calls = [1, 2, 3].map(() => cache.sharedRead(SESSION_ID, read));
    resolve(principal);
    expect(await Promise.all(calls)).toEqual([principal, principal, principal]);
    expect(read).toHaveBeenCalledTimes(1);
  });

  it('is not shared by another session', () => {
    const cache = new PrincipalCache();
    const { read } = aRead();
    void cache.sharedRead(SESSION_ID, read);
    void cache.sharedRead('another', read);
    expect(read).toHaveBeenCalledTimes(2);
  });

  it('is not shared once it is older than what is remembered: it may not know of a revocation', async () => {
    vi.useFakeTimers({ toFake: ['performance'] });
    const cache = new PrincipalCache();
    const [old, later] = [aRead(), aRead()];
    const first = cache.sharedRead(SESSION_ID, old.read);
    vi.advanceTimersByTime(750);
    const second = cache.sharedRead(SESSION_ID, later.read);
    later.resolve(undefined);
    expect(await second).toBeUndefined();
    old.resolve(principal);
    expect(await first).toBe(principal);
  });

  it('is neither shared nor used after sessions have ended elsewhere', async () => {
    const cache = new PrincipalCache();
    const [old, later] = [aRead(), aRead()];
    const checkedAt = performance.now();
    const first = cache.sharedRead(SESSION_ID, old.read);
    cache.distrust();
    const second = cache.sharedRead(SESSION_ID, later.read);
    old.resolve(principal);
    later.resolve(undefined);
    expect([await first, await second]).toEqual([principal, undefined]);
    cache.rememberLive(principal, checkedAt);
    expect(cache.freshPrincipal(SESSION_ID)).toBeUndefined();
    await vi.waitUntil(() => performance.now() > checkedAt);
    cache.rememberLive(principal, performance.now());
    expect(cache.freshPrincipal(SESSION_ID)).toBe(principal);
  });

  it.each([['ends'], ['fails']])('is not used again when it %s', async (how) => {
    const cache = new PrincipalCache();
    const [one, other] = [aRead(), aRead()];
    const first = cache.sharedRead(SESSION_ID, one.read);
    if (how === 'ends') one.resolve(principal);
    else one.reject(new Error('away'));
    await first.catch(() => undefined);
    void cache.sharedRead(SESSION_ID, other.read);
    expect(other.read).toHaveBeenCalledTimes(1);
  });
});
