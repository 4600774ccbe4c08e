import type { EntityManager } from '@mikro-orm/core';
import type { SecurityNoticeService } from '../../accounts/notices/security-notice.service.js';
import { LockNoticeService } from './lock-notice.service.js';

/** A database with one account, named ada. */
const accounts = {
  fork: () => ({
    findOne: (_: unknown, { usernameKey }: { usernameKey: string }) =>
      Promise.resolve(usernameKey === 'ada' ? { id: 'ada’s account' } : null),
  }),
} as unknown as EntityManager;

describe('LockNotices', () => {
  it('are complete before the shutdown ends', async () => {
    const events: string[] = [];
    let write = (): void => undefined;
    const written = new Promise<void>((done) => (write = done));
    const tell = (accountId: string) => written.then(() => void events.push(`${accountId} told`));
    const notices = new LockNoticeService(accounts, { tell } as unknown as SecurityNoticeService);

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
