import { EntityManager } from '@mikro-orm/core';
import { tagRequestAccount } from '@app/logging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { AuthenticatorTransport } from '@simplewebauthn/server';
import { notPastDeletion } from '../../accounts/account-state.js';
import { Account } from '../../accounts/account.entity.js';
import { SecurityNoticeService } from '../../accounts/notices/security-notice.service.js';
import type { ChallengePurpose } from '../challenges/auth-challenge.entity.js';
import { AuthChallengeService } from '../challenges/auth-challenge.service.js';
import { FactorError } from '../factor.error.js';
import { isCrossOrigin } from './cross-origin.js';
import { refusalOf } from './passkey-refusal.js';
import type { PasskeyAnswerDto } from './passkey.dto.js';
import { Passkey } from './passkey.entity.js';
import type { PasskeyOptionsView } from './passkey.view.js';
import { passkeysConfig } from './passkeys.config.js';
import { spelledUserHandle } from './user-handle.js';

type AssertionPurpose = Exclude<ChallengePurpose, 'login' | 'passkey_registration'>;

/** Imported at the first use, which keeps it out of the start-up time. */
const webAuthn = () => import('@simplewebauthn/server');

interface Assertion {
  readonly counter: number;
  readonly backedUp: boolean;
}

/** Issues challenges for passkeys and verifies their assertions (WebAuthn L3 §7.2). */
@Injectable()
export class PasskeyAssertionService {
  private readonly log = new Logger('Passkeys');

  constructor(
    private readonly em: EntityManager,
    private readonly challenges: AuthChallengeService,
    private readonly notices: SecurityNoticeService,
    @Inject(passkeysConfig.KEY) private readonly config: ConfigType<typeof passkeysConfig>,
  ) {}

  /** Options for discoverable credentials, whatever their account. */
  async askAnybody(): Promise<PasskeyOptionsView> {
    return this.ask(await this.challenges.issue('passkey_sign_in'));
  }

  /**
   * Options for the passkeys of one account.
   *
   * @throws FactorError `second_factor_off` if it has none
   */
  async askAccount(purpose: AssertionPurpose, accountId: string): Promise<PasskeyOptionsView> {
    const passkeys = await this.em.fork().find(Passkey, { accountId });
    if (passkeys.length === 0) throw FactorError.secondFactorOff();
    return this.ask(await this.challenges.issue(purpose, accountId), passkeys);
  }

  /**
   * The passkey that signed the challenge; undefined if it is unknown or not of that account, or the assertion is
   * invalid. The first response consumes the challenge, valid or not.
   */
  async accept(
    purpose: AssertionPurpose,
    { challenge, response }: PasskeyAnswerDto,
    accountId?: string,
  ): Promise<Passkey | undefined> {
    const asked = await this.challenges.take(purpose, challenge);
    if (!asked || asked.accountId !== accountId) return this.refuse('challenge', accountId);
    const whose = accountId ? { accountId } : {};
    const em = this.em.fork();
    const passkey = await em.findOne(Passkey, { credentialId: response.id, ...whose });
    const isOfSomebody =
      passkey && (await em.count(Account, { id: passkey.accountId, ...notPastDeletion() })) > 0;
    if (!isOfSomebody) return this.refuse('unknown_passkey', accountId);
    tagRequestAccount(passkey.accountId);
    // Without an account known before, the user handle is required and identifies it (§7.2, step 6).
    const handle = response.response.userHandle ?? undefined;
    const isHandleRight = handle === spelledUserHandle(passkey.accountId);
    if (handle === undefined ? !accountId : !isHandleRight) {
      return this.refuse('user_handle', passkey.accountId);
    }
    const assertion = await this.verify(passkey, { challenge, response });
    return assertion && (await this.noteUse(passkey, assertion)) ? passkey : undefined;
  }

  private async ask(
    challenge: string,
    passkeys: readonly Passkey[] = [],
  ): Promise<PasskeyOptionsView> {
    const { generateAuthenticationOptions } = await webAuthn();
    const options = await generateAuthenticationOptions({
      rpID: this.config.rpId,
      challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
      userVerification: 'required',
      allowCredentials: passkeys.map(({ credentialId, transports }) => ({
        id: credentialId,
        transports: transports.split(' ').filter(Boolean) as AuthenticatorTransport[],
      })),
    });
    return { challenge, options };
  }

  private async verify(
    { accountId, credentialId, publicKey }: Passkey,
    { challenge, response }: PasskeyAnswerDto,
  ): Promise<Assertion | undefined> {
    const { verifyAuthenticationResponse } = await webAuthn();
    try {
      const { verified, authenticationInfo } = await verifyAuthenticationResponse({
        response: Object.assign({ clientExtensionResults: {} }, response),
        expectedChallenge: challenge,
        expectedOrigin: [...this.config.origins],
        expectedRPID: this.config.rpId,
        requireUserVerification: true,
        credential: {
          id: credentialId,
          publicKey: Uint8Array.from(Buffer.from(publicKey, 'base64url')),
          // `noteUse` compares the counter, in one statement and only after the signature has been verified.
          counter: 0,
        },
      });
      if (!verified) return this.refuse('signature', accountId);
      if (isCrossOrigin(response.response.clientDataJSON)) {
        return this.refuse('cross_origin', accountId);
      }
      const { newCounter, credentialBackedUp } = authenticationInfo;
      return { counter: newCounter, backedUp: credentialBackedUp };
    } catch (error) {
      return this.refuse(refusalOf(error), accountId);
    }
  }

  /**
   * Advances the signature counter. A counter that does not increase, unless it is always 0, indicates that two devices
   * hold the key (§7.2, step 22): the assertion is refused and the owner notified.
   */
  private async noteUse(passkey: Passkey, { counter, backedUp }: Assertion): Promise<boolean> {
    const moved = await this.em
      .fork()
      .nativeUpdate(
        Passkey,
        { id: passkey.id, ...(counter === 0 ? { counter: 0 } : { counter: { $lt: counter } }) },
        { counter, backedUp, lastUsedAt: new Date() },
      );
    if (moved === 1) return true;
    if ((await this.em.fork().count(Passkey, { id: passkey.id })) === 0) {
      // The passkey was removed in the meantime, which does not indicate a copy.
      this.refuse('unknown_passkey', passkey.accountId);
      return false;
    }
    this.refuse('counter', passkey.accountId);
    await this.notices.tell(passkey.accountId, 'passkey_cloned');
    return false;
  }

  private refuse(reason: string, accountId: string | undefined): undefined {
    this.log.warn({ event: 'auth.passkey.refused', reason, userId: accountId });
  }
}
