import type { ClientOrigin, Principal } from '@app/access';
import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { lockAccount } from '../../accounts/account-lock.js';
import { SecretBoxService } from '../../accounts/credentials/secret-box.service.js';
import { FactorError } from '../factor.error.js';
import { LockoutService } from '../guessing/lockout.service.js';
import { FactorChangeService } from './factor-change.service.js';
import { RecoveryCodeService } from './recovery-code.service.js';
import { secondFactorConfig } from './second-factor.config.js';
import type { FactorTurnedOnView, TotpEnrolmentView } from './second-factor.view.js';
import { newTotpSecret, totpStep, totpUri } from './totp-codes.js';
import { TotpSecret } from './totp-secret.entity.js';

/** How long a new secret can be confirmed by its first code. Milliseconds. */
const ENROLMENT_LIFETIME_MS = 15 * 60_000;

/** Codes of an authenticator app (RFC 6238): enrolment, removal, and verification, once per code. */
@Injectable()
export class TotpService {
  constructor(
    private readonly em: EntityManager,
    private readonly box: SecretBoxService,
    private readonly recoveryCodes: RecoveryCodeService,
    private readonly lockout: LockoutService,
    private readonly changes: FactorChangeService,
    @Inject(secondFactorConfig.KEY) private readonly config: ConfigType<typeof secondFactorConfig>,
  ) {}

  /**
   * Creates a secret, which is not a factor until it is confirmed, and voids an earlier unconfirmed one.
   *
   * @throws FactorError `second_factor_on`
   */
  async enrol({ accountId }: Principal): Promise<TotpEnrolmentView> {
    const secret = await newTotpSecret();
    const { username } = await this.em.fork().transactional(async (em) => {
      const account = await lockAccount(em, accountId);
      await em.nativeDelete(TotpSecret, { accountId, confirmedAt: null });
      if ((await em.count(TotpSecret, { accountId })) > 0) throw FactorError.secondFactorOn();
      await em.insert(TotpSecret, {
        accountId,
        secret: this.box.seal('totp-secret', accountId, secret),
        createdAt: new Date(),
        lastStep: 0,
      });
      return account;
    });
    const uri = await totpUri(this.config.totpIssuer, username, secret);
    const { toDataURL } = await import('qrcode');
    return { secret, uri, qr: await toDataURL(uri) };
  }

  /**
   * Enables the codes after one has proved that the app has the secret.
   *
   * @throws FactorError `second_factor_off`, `invalid_second_factor`, `too_many_attempts`; SessionError `session_ended`
   */
  async confirm(
    principal: Principal,
    code: string,
    client: ClientOrigin,
  ): Promise<FactorTurnedOnView> {
    const { accountId } = principal;
    const since = new Date(Date.now() - ENROLMENT_LIFETIME_MS);
    const pending = { accountId, confirmedAt: null, createdAt: { $gt: since } };
    const totp = await this.em.fork().findOne(TotpSecret, pending);
    if (!totp) throw FactorError.secondFactorOff();
    const step = await this.lockout.testInSession('factor', principal, client, () =>
      totpStep(this.box.open('totp-secret', accountId, totp.secret), code),
    );
    if (!step) throw FactorError.invalidSecondFactor();
    const recoveryCodes = await this.em.fork().transactional(async (em) => {
      await lockAccount(em, accountId);
      // Only the secret that the code was verified with: a newer one may have replaced it since.
      const confirmed = await em.nativeUpdate(
        TotpSecret,
        { ...pending, secret: totp.secret },
        { confirmedAt: new Date(), lastStep: step },
      );
      if (confirmed === 0) throw FactorError.secondFactorOff();
      return this.recoveryCodes.replace(accountId, em);
    });
    const tokens = await this.changes.announceNew(principal, 'otp', 'second_factor_on', client);
    return { recoveryCodes, tokens };
  }

  /** @throws FactorError `second_factor_off` */
  async remove(principal: Principal, client: ClientOrigin): Promise<void> {
    const { accountId } = principal;
    await this.em.fork().transactional(async (em) => {
      await lockAccount(em, accountId);
      const on = { accountId, confirmedAt: { $ne: null } };
      if ((await em.nativeDelete(TotpSecret, on)) === 0) throw FactorError.secondFactorOff();
      await this.changes.settleRemoval(principal, em);
    });
    await this.changes.announce(principal, 'second_factor_off', client);
  }

  /**
   * Verifies a code and returns a function that consumes it (ASVS 5.0, 6.5.1) in the transaction of the operation it
   * authorizes. One statement there checks and marks: of concurrent uses, on any number of instances, one finds the
   * step unused, and codes of earlier steps are refused afterwards.
   */
  async test(
    accountId: string,
    code: string,
  ): Promise<((em: EntityManager) => Promise<boolean>) | undefined> {
    const own = { accountId, confirmedAt: { $ne: null } };
    const totp = await this.em.fork().findOne(TotpSecret, own);
    if (!totp) return undefined;
    const step = await totpStep(this.box.open('totp-secret', accountId, totp.secret), code);
    if (step === undefined || totp.lastStep >= step) return undefined;
    const unused = { accountId, secret: totp.secret, lastStep: { $lt: step } };
    return async (em) => (await em.nativeUpdate(TotpSecret, unused, { lastStep: step })) === 1;
  }
}
