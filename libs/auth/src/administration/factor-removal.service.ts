import { EntityManager, raw } from '@mikro-orm/core';
import type { AuditWitness } from '@app/logging';
import { foldedName } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { AuthError } from '../auth.error.js';
import { AuthChallenge } from '../challenges/auth-challenge.entity.js';
import { KnownDevice } from '../devices/known-device.entity.js';
import { EmailToken } from '../email/email-token.entity.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { Passkey } from '../passkeys/passkey.entity.js';
import { RecoveryCode } from '../second-factor/recovery-code.entity.js';
import { TotpSecret } from '../second-factor/totp-secret.entity.js';
import { Session } from '../sessions/session.entity.js';

/** What is left of a lost phone: the factors, logins that wait for one, trust in the device, and tokens of mails. */
const LOST = [TotpSecret, Passkey, RecoveryCode, AuthChallenge, KnownDevice, EmailToken];

/**
 * For somebody who has lost the phone and the recovery codes, once the operator has identified them (ASVS 5.0, 6.4.4).
 * No call of the API can do it: who asks for it may be the one who wants in.
 */
@Injectable()
export class FactorRemoval {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
  ) {}

  /**
   * Leaves the password alone, ends all sessions and tells the owner.
   *
   * @throws AuthError `user_not_found`, `second_factor_off`
   */
  async remove(username: string, record: AuditWitness): Promise<void> {
    const account = await this.em.fork().findOne(Account, { usernameKey: foldedName(username) });
    if (!account || account.isAnonymous) {
      throw new AuthError('user_not_found', 'There is no such user.');
    }
    const { id: accountId } = account;
    await this.em.fork().transactional(async (em) => {
      // Locks the account, and ends sign-ins that are under way. A write first: a transaction that begins with a read
      // could not turn into a writing one next to another (SQLite).
      await em.nativeUpdate(Account, { id: accountId }, { epoch: raw('epoch + 1') });
      const ended = { revokedAt: new Date(), revokedBecause: 'second_factor_changed' as const };
      await em.nativeUpdate(Session, { account: accountId, revokedAt: null }, ended);
      let factors = 0;
      for (const entity of LOST) {
        const removed = await em.nativeDelete<object>(entity, { accountId });
        if (entity === TotpSecret || entity === Passkey) factors += removed;
      }
      if (factors === 0) {
        throw new AuthError('second_factor_off', 'There is no second factor to remove.');
      }
      await record(accountId, em);
    });
    await this.notices.tell(accountId, 'second_factor_removed');
  }
}
