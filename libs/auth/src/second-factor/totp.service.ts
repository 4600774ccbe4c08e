import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { lockedAccount } from '../accounts/locked-account.js';
import { AuthError } from '../auth.error.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { SecretBox } from '../credentials/secret-box.service.js';
import { Guessing } from '../guessing/guessing.service.js';
import type { Principal } from '../tokens/principal.js';
import { FactorChanges } from './factor-changes.service.js';
import { RecoveryCodes } from './recovery-codes.service.js';
import { secondFactorConfig } from './second-factor.config.js';
import type { FactorTurnedOnView, TotpEnrolmentView } from './second-factor.view.js';
import { newTotpSecret, totpStep, totpUri } from './totp-codes.js';
import { TotpSecret } from './totp-secret.entity.js';

/** How long a new secret waits for the first code. Milliseconds. */
const PENDING_FOR = 15 * 60_000;

/** Codes of an authenticator app (RFC 6238): turned on, turned off, and accepted once each. */
@Injectable()
export class TotpService {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SecretBox) private readonly box: SecretBox,
    @Inject(RecoveryCodes) private readonly recoveryCodes: RecoveryCodes,
    @Inject(Guessing) private readonly guessing: Guessing,
    @Inject(FactorChanges) private readonly changes: FactorChanges,
    @Inject(secondFactorConfig.KEY) private readonly config: ConfigType<typeof secondFactorConfig>,
  ) {}

  /**
   * A new secret, which counts for nothing until it is confirmed; an unconfirmed one from before is void.
   *
   * @throws AuthError `second_factor_on`
   */
  async enrol({ userId }: Principal): Promise<TotpEnrolmentView> {
    const secret = await newTotpSecret();
    const { username } = await this.em.fork().transactional(async (em) => {
      const account = await lockedAccount(em, userId);
      await em.nativeDelete(TotpSecret, { accountId: userId, confirmedAt: null });
      if ((await em.count(TotpSecret, { accountId: userId })) > 0) throw AuthError.secondFactorOn();
      await em.insert(TotpSecret, {
        accountId: userId,
        secret: this.box.seal('totp-secret', userId, secret),
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
   * Turns the codes on, once one has shown that the app has the secret.
   *
   * @throws AuthError `second_factor_off`, `invalid_second_factor`, `too_many_attempts`, `session_ended`
   */
  async confirm(
    principal: Principal,
    code: string,
    client: ClientOrigin,
  ): Promise<FactorTurnedOnView> {
    const { userId } = principal;
    const since = new Date(Date.now() - PENDING_FOR);
    const pending = { accountId: userId, confirmedAt: null, createdAt: { $gt: since } };
    const totp = await this.em.fork().findOne(TotpSecret, pending);
    if (!totp) throw AuthError.secondFactorOff();
    const step = await this.guessing.inSession('factor', principal, client, () =>
      totpStep(this.box.open('totp-secret', userId, totp.secret), code),
    );
    if (!step) throw AuthError.invalidSecondFactor();
    const recoveryCodes = await this.em.fork().transactional(async (em) => {
      await lockedAccount(em, userId);
      // Only the secret that the code was tested with: a newer one may have replaced it since.
      const confirmed = await em.nativeUpdate(
        TotpSecret,
        { ...pending, secret: totp.secret },
        { confirmedAt: new Date(), lastStep: step },
      );
      if (confirmed === 0) throw AuthError.secondFactorOff();
      return this.recoveryCodes.replace(userId, em);
    });
    const tokens = await this.changes.announceNew(principal, 'otp', 'second_factor_on', client);
    return { recoveryCodes, tokens };
  }

  /** @throws AuthError `second_factor_off` */
  async remove(principal: Principal, client: ClientOrigin): Promise<void> {
    const { userId } = principal;
    await this.em.fork().transactional(async (em) => {
      await lockedAccount(em, userId);
      const on = { accountId: userId, confirmedAt: { $ne: null } };
      if ((await em.nativeDelete(TotpSecret, on)) === 0) throw AuthError.secondFactorOff();
      await this.changes.settleRemoval(principal, em);
    });
    await this.changes.announce(principal, 'second_factor_off', client);
  }

  /**
   * Uses a code up (ASVS 5.0, 6.5.1). Check and mark are one statement: of any number of simultaneous uses, on any
   * number of instances, one finds the step unused; and no code of an earlier step is good after it.
   */
  async accept(accountId: string, code: string): Promise<boolean> {
    const em = this.em.fork();
    const totp = await em.findOne(TotpSecret, { accountId, confirmedAt: { $ne: null } });
    if (!totp) return false;
    const step = await totpStep(this.box.open('totp-secret', accountId, totp.secret), code);
    if (step === undefined) return false;
    const unused = { accountId, secret: totp.secret, lastStep: { $lt: step } };
    return (await em.nativeUpdate(TotpSecret, unused, { lastStep: step })) === 1;
  }
}
