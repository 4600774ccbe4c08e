import { EntityManager, raw } from '@mikro-orm/core';
import type { RecordAudit } from '@app/logging';
import { caseFold } from '@app/security';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { EmailToken } from '../accounts/email/email-token.entity.js';
import { SecurityNoticeService } from '../accounts/notices/security-notice.service.js';
import { AuthChallenge } from '../factors/challenges/auth-challenge.entity.js';
import { FactorError } from '../factors/factor.error.js';
import { Passkey } from '../factors/passkeys/passkey.entity.js';
import { RecoveryCode } from '../factors/second-factor/recovery-code.entity.js';
import { TotpSecret } from '../factors/second-factor/totp-secret.entity.js';
import { KnownDevice } from '../sessions/devices/known-device.entity.js';
import { Session } from '../sessions/session.entity.js';
import { AdministrationError } from './administration.error.js';

/** The data to remove after a lost phone: second factors, pending sign-ins, known devices and mailed tokens. */
const ENTITIES_OF_LOST_PHONE = [
  TotpSecret,
  Passkey,
  RecoveryCode,
  AuthChallenge,
  KnownDevice,
  EmailToken,
];

/**
 * Removes the second factors of an owner who has lost the phone and the recovery codes, after the operator has
 * identified the owner (ASVS 5.0, 6.4.4). The API does not offer this: the caller could be an attacker who knows the
 * password.
 */
@Injectable()
export class FactorRemovalService {
  constructor(
    private readonly em: EntityManager,
    private readonly notices: SecurityNoticeService,
  ) {}

  /**
   * Keeps the password, ends all sessions and notifies the owner.
   *
   * @throws AdministrationError `user_not_found`; FactorError `second_factor_off`
   */
  async remove(username: string, record: RecordAudit): Promise<void> {
    const account = await this.em.fork().findOne(Account, { usernameKey: caseFold(username) });
    if (!account || account.isAnonymous) {
      throw AdministrationError.userNotFound();
    }
    const { id: accountId } = account;
    await this.em.fork().transactional(async (em) => {
      // Locks the account and invalidates sign-ins in progress. Writes first: on SQLite, a transaction that begins with
      // a read cannot become a writing one beside another writer.
      await em.nativeUpdate(Account, { id: accountId }, { epoch: raw('epoch + 1') });
      const ended = { revokedAt: new Date(), revokedBecause: 'second_factor_changed' as const };
      await em.nativeUpdate(Session, { account: accountId, revokedAt: null }, ended);
      let factors = 0;
      for (const entity of ENTITIES_OF_LOST_PHONE) {
        const removed = await em.nativeDelete<object>(entity, { accountId });
        if (entity === TotpSecret || entity === Passkey) factors += removed;
      }
      if (factors === 0) {
        throw new FactorError('second_factor_off', 'There is no second factor to remove.');
      }
      await record(accountId, em);
    });
    await this.notices.tell(accountId, 'second_factor_removed');
  }
}
