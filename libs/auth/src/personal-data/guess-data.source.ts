import { EntityManager } from '@mikro-orm/core';
import { caseFold, LimitDataSource } from '@app/security';
import { Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { EmailToken } from '../accounts/email/email-token.entity.js';
import { MailAllowanceService } from '../accounts/notices/mail-allowance.service.js';
import { subjectsOf } from '../factors/guessing/guess-subjects.js';
import { LockoutService } from '../factors/guessing/lockout.service.js';
import { KnownDevice } from '../sessions/devices/known-device.entity.js';
import { Session } from '../sessions/session.entity.js';

/**
 * The counters of failed attempts at an account's credentials, which are kept under hashes of usernames and ids in two
 * places.
 */
@Injectable()
export class GuessDataSource {
  readonly tables: readonly string[] = ['guess_counters'];
  /** Without Redis, each instance counts the sign-in limit separately. */
  readonly isPerInstance = true;

  constructor(
    private readonly em: EntityManager,
    private readonly lockout: LockoutService,
    private readonly limits: LimitDataSource,
    private readonly allowance: MailAllowanceService,
  ) {}

  /** The consecutive failures and the end of the lock, per counter. */
  async exportOf(accountId: string): Promise<object[]> {
    const { names, addresses, deviceIds } = await this.guessedAt(accountId);
    const counted = await this.lockout.countersOf(
      subjectsOf(accountId, [...names, ...addresses], deviceIds),
    );
    return counted.map(({ failures, lockedUntil, lastFailedAt }) => ({
      failures,
      lockedUntil: lockedUntil > 0 ? new Date(lockedUntil) : null,
      lastFailedAt: new Date(lastFailedAt),
    }));
  }

  /** @throws if the shared counters cannot be reached */
  async erase(accountId: string): Promise<void> {
    const { names, addresses, deviceIds } = await this.guessedAt(accountId);
    const named = [...names, ...addresses];
    // The addresses cover the limit of requests for a mail; addresses, pairs and the account id cover the mail
    // allowance.
    await this.limits.forgetNames([...named, ...named.map((name) => `mail to ${name}`)]);
    await this.limits.forgetDevices(deviceIds);
    const pairs = addresses.map((address) => `${accountId} ${address}`);
    await this.allowance.forget([...addresses, ...pairs, accountId]);
    const subjects = subjectsOf(accountId, named, deviceIds);
    // The rules of detection count them beside the address of the client.
    await this.limits.forgetKeysWith(this.lockout.digestsOf(subjects));
    await this.lockout.forget(subjects);
  }

  /**
   * The names, addresses (also pending ones) and devices that the counters are keyed by; no names once the account is
   * deleted.
   */
  private async guessedAt(accountId: string) {
    const em = this.em.fork();
    const account = await em.findOne(Account, { id: accountId });
    const pending = await em.find(EmailToken, { accountId, email: { $ne: null } });
    const devices = await em.find(KnownDevice, { accountId }, { fields: ['id'] });
    const sessions = await em.find(Session, { account: accountId }, { fields: ['knownDeviceId'] });
    return {
      names: account ? [account.usernameKey] : [],
      addresses: [account?.emailKey, ...pending.map(({ email }) => caseFold(email!))].filter(
        (address) => typeof address === 'string',
      ),
      // Including devices that were forgotten while a session on them continues.
      deviceIds: [
        ...new Set([
          ...devices.map(({ id }) => id),
          ...sessions.flatMap(({ knownDeviceId }) => knownDeviceId ?? []),
        ]),
      ],
    };
  }
}
