import { noticeMail } from './notice.mail.js';
import { NOTICE_KINDS, type NoticeKind } from './security-notice.entity.js';

const textOf = (kind: NoticeKind) =>
  noticeMail(
    { accountId: 'ada', to: 'ada@example.org' },
    { kind, occurredAt: new Date('2026-11-25T10:00:00Z') },
  ).text;

describe('the mail about a notice', () => {
  it('says of a lock what is true of every lock, also of a device that is known', () =>
    expect(textOf('account_locked')).not.toMatch(/unknown|device.*for a while/));

  it('says of codes that are turned off or on nothing of the passkeys', () => {
    expect(textOf('second_factor_off')).toMatch(/^The authenticator app of your account was/);
    expect(textOf('second_factor_on')).toMatch(/^An authenticator app was/);
  });

  it('does not say what a recovery code was used for, which may have been a step-up', () =>
    expect(textOf('recovery_code_used')).not.toMatch(/sign in/));

  it.each(NOTICE_KINDS)('has lines of %s that need no encoding', (kind) => {
    for (const line of textOf(kind).split('\n')) expect(line.length).toBeLessThanOrEqual(76);
  });
});
