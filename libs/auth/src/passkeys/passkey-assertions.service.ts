import { EntityManager } from '@mikro-orm/core';
import { noteAccount } from '@app/logging';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { AuthenticatorTransport } from '@simplewebauthn/server';
import { Account } from '../accounts/account.entity.js';
import { notDue } from '../accounts/account-use.js';
import { AuthError } from '../auth.error.js';
import type { ChallengePurpose } from '../challenges/auth-challenge.entity.js';
import { AuthChallenges } from '../challenges/auth-challenges.service.js';
import { SecurityNotices } from '../notices/security-notices.service.js';
import { refusalOf } from './passkey-refusal.js';
import type { PasskeyAnswerDto } from './passkey.dto.js';
import { Passkey } from './passkey.entity.js';
import type { PasskeyOptionsView } from './passkey.view.js';
import { passkeysConfig } from './passkeys.config.js';
import { spelledUserHandle } from './user-handle.js';

type AssertionPurpose = Exclude<ChallengePurpose, 'login' | 'passkey_registration'>;

/** Read at first use: no start needs to wait for it. */
const webAuthn = () => import('@simplewebauthn/server');

interface Assertion {
  readonly counter: number;
  readonly backedUp: boolean;
}

/** Asks passkeys to sign a challenge and tests what they answer (WebAuthn L3 §7.2). */
@Injectable()
export class PasskeyAssertions {
  private readonly log = new Logger('Passkeys');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(AuthChallenges) private readonly challenges: AuthChallenges,
    @Inject(SecurityNotices) private readonly notices: SecurityNotices,
    @Inject(passkeysConfig.KEY) private readonly config: ConfigType<typeof passkeysConfig>,
  ) {}

  /** For whichever account has a passkey on that phone. */
  async askAnybody(): Promise<PasskeyOptionsView> {
    return this.ask(await this.challenges.issue('passkey_sign_in'));
  }

  /**
   * For one account, by its passkeys.
   *
   * @throws AuthError `second_factor_off` if it has none
   */
  async askAccount(purpose: AssertionPurpose, accountId: string): Promise<PasskeyOptionsView> {
    const passkeys = await this.em.fork().find(Passkey, { accountId });
    if (passkeys.length === 0) throw AuthError.secondFactorOff();
    return this.ask(await this.challenges.issue(purpose, accountId), passkeys);
  }

  /**
   * The passkey that signed the challenge; undefined if none of ours did, or none of that account. The challenge is
   * used up by the first answer, whatever that is worth.
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
      passkey && (await em.count(Account, { id: passkey.accountId, ...notDue() })) > 0;
    if (!isOfSomebody) return this.refuse('unknown_passkey', accountId);
    noteAccount(passkey.accountId);
    // Whom it signs in is only told by the handle if nobody was named before (§7.2, step 6).
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
          // The counter is compared by `noteUse`: in one statement, and only once the signature is known to be right.
          counter: 0,
        },
      });
      if (!verified) return this.refuse('signature', accountId);
      const { newCounter, credentialBackedUp } = authenticationInfo;
      return { counter: newCounter, backedUp: credentialBackedUp };
    } catch (error) {
      return this.refuse(refusalOf(error), accountId);
    }
  }

  /**
   * Moves the counter on. A counter that stands still or goes back, unless it is always 0, means that two devices
   * hold the key (§7.2, step 22): that answer is refused and the owner told.
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
      // It was removed since it was found: nobody has copied anything.
      this.refuse('unknown_passkey', passkey.accountId);
      return false;
    }
    this.refuse('counter', passkey.accountId);
    await this.notices.tell(passkey.accountId, 'passkey_cloned');
    return false;
  }

  private refuse(reason: string, userId: string | undefined): undefined {
    this.log.warn({ event: 'auth.passkey.refused', reason, userId });
  }
}
