import type { EntityManager } from '@mikro-orm/core';
import type { SecurityNotices } from '../notices/security-notices.service.js';
import { LockNotices } from './lock-notices.service.js';

/** A database in which only one name is somebody's. */
const accounts = {
  fork: () => ({
    findOne: (_: unknown, { usernameKey }: { usernameKey: string }) =>
      Promise.resolve(usernameKey === 'ada' ? { id: 'ada’s account' } : null),
  }),
} as unknown as EntityManager;

describe('LockNotices', () => {
  it('let nothing be lost at the stop: it waits for what has been begun', async () => {
    const events: string[] = [];
    let write = (): void => undefined;
    const written = new Promise<void>((done) => (write = done));
    const tell = (accountId: string) => written.then(() => void events.push(`${accountId} told`));
    const notices = new LockNotices(accounts, { tell } as unknown as SecurityNotices);

    notices.add({ usernameKey: 'ada' }, true, '192.0.2.7');
    notices.add({ usernameKey: 'nobody' }, true, '192.0.2.7');
    const stopped = notices.onApplicationShutdown().then(() => events.push('stopped'));
    await new Promise(setImmediate);
    expect(events).toEqual([]);
    write();
    await stopped;
    expect(events).toEqual(['ada’s account told', 'stopped']);
  });
});
