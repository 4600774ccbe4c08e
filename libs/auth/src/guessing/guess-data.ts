import { EntityManager } from '@mikro-orm/core';
import { foldedName, LimitData } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import { Account } from '../accounts/account.entity.js';
import { KnownDevice } from '../devices/known-device.entity.js';
import { EmailToken } from '../email/email-token.entity.js';
import { MailAllowance } from '../email/mail-allowance.service.js';
import { Session } from '../sessions/session.entity.js';
import { subjectsOf } from './guess-subjects.js';
import { Guessing } from './guessing.service.js';

/** How often somebody guessed at a person's credentials: kept under hashes of names and ids, in two places. */
@Injectable()
export class GuessData {
  readonly tables: readonly string[] = ['guess_counters'];
  /** The limit of sign-ins is counted by each instance for itself when there is no Redis. */
  readonly isPerInstance = true;

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(Guessing) private readonly guessing: Guessing,
    @Inject(LimitData) private readonly limits: LimitData,
    @Inject(MailAllowance) private readonly allowance: MailAllowance,
  ) {}

  /** How many failures in a row were counted lately, and for how long that locks. */
  async exportOf(userId: string): Promise<object[]> {
    const { names, addresses, deviceIds } = await this.guessedAt(userId);
    const counted = await this.guessing.of(subjectsOf(userId, [...names, ...addresses], deviceIds));
    return counted.map(({ failures, lockedUntil, lastFailedAt }) => ({
      failures,
      lockedUntil: lockedUntil > 0 ? new Date(lockedUntil) : null,
      lastFailedAt: new Date(lastFailedAt),
    }));
  }

  /** @throws if the shared counters cannot be reached */
  async erase(userId: string): Promise<void> {
    const { names, addresses, deviceIds } = await this.guessedAt(userId);
    const named = [...names, ...addresses];
    // By their address also what was counted of the asking for a mail, and by address and id that of the mails.
    await this.limits.forgetNames([...named, ...named.map((name) => `mail to ${name}`)]);
    await this.limits.forgetDevices(deviceIds);
    const pairs = addresses.map((address) => `${userId} ${address}`);
    await this.allowance.forget([...addresses, ...pairs, userId]);
    await this.guessing.forget(subjectsOf(userId, named, deviceIds));
  }

  /** What the person could be guessed by; nothing of it once there is no account. Addresses also those not verified. */
  private async guessedAt(userId: string) {
    const em = this.em.fork();
    const account = await em.findOne(Account, { id: userId });
    const pending = await em.find(EmailToken, { accountId: userId, email: { $ne: null } });
    const devices = await em.find(KnownDevice, { accountId: userId }, { fields: ['id'] });
    const sessions = await em.find(Session, { account: userId }, { fields: ['knownDeviceId'] });
    return {
      names: account ? [account.usernameKey] : [],
      addresses: [account?.emailKey, ...pending.map(({ email }) => foldedName(email!))].filter(
        (address) => typeof address === 'string',
      ),
      // Also those that were forgotten while a session goes on.
      deviceIds: [
        ...new Set([
          ...devices.map(({ id }) => id),
          ...sessions.flatMap(({ knownDeviceId }) => knownDeviceId ?? []),
        ]),
      ],
    };
  }
}
