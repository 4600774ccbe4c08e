import { noticeMail } from './notice.mail.js';
import { NOTICE_KINDS, type NoticeKind } from './security-notice.entity.js';

const textOf = (kind: NoticeKind) =>
  noticeMail(
    { accountId: 'ada', to: 'ada@example.org' },
    { kind, occurredAt: new Date('2026-11-25T10:00:00Z') },
  ).text;

describe('the mail about a notice', () => {
  it('describes a lock in terms that hold for unknown and known devices', () =>
    expect(textOf('account_locked')).not.toMatch(/unknown|device.*for a while/));

  it('does not mention passkeys when codes are switched on or off', () => {
    expect(textOf('second_factor_off')).toMatch(/^The authenticator app of your account was/);
    expect(textOf('second_factor_on')).toMatch(/^An authenticator app was/);
  });

  it('does not claim that a recovery code was used to sign in, as it may have been a step-up', () =>
    expect(textOf('recovery_code_used')).not.toMatch(/sign in/));

  it('says that a reset leaves the other credentials of the account', () =>
    expect(textOf('password_reset')).toMatch(/Passkeys[^.]*open the account[^.]*remove what you/s));

  it.each(NOTICE_KINDS)('has lines for %s that need no encoding', (kind) => {
    for (const line of textOf(kind).split('\n')) expect(line.length).toBeLessThanOrEqual(76);
  });
});
