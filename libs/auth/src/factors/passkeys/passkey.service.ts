import type { ClientOrigin, Principal } from '@app/access';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { RegistrationResponseJSON, WebAuthnCredential } from '@simplewebauthn/server';
import { v7 } from 'uuid';
import { lockAccount } from '../../accounts/account-lock.js';
import { Account } from '../../accounts/account.entity.js';
import { AuthChallengeService } from '../challenges/auth-challenge.service.js';
import { FactorError } from '../factor.error.js';
import { FactorChangeService } from '../second-factor/factor-change.service.js';
import { RecoveryCodeService } from '../second-factor/recovery-code.service.js';
import { TotpSecret } from '../second-factor/totp-secret.entity.js';
import { isCrossOrigin } from './cross-origin.js';
import { refusalOf } from './passkey-refusal.js';
import type { RegisterPasskeyDto } from './passkey.dto.js';
import { Passkey } from './passkey.entity.js';
import {
  type PasskeyOptionsView,
  type PasskeyView,
  type RegisteredPasskeyView,
  toPasskeyView,
} from './passkey.view.js';
import { passkeysConfig } from './passkeys.config.js';
import { userHandleOf } from './user-handle.js';

/** The most passkeys of an account, which bounds the lists that are sent to clients. */
const MAX_PASSKEYS_PER_ACCOUNT = 20;

/**
 * ES256, EdDSA and RS256: algorithms that every phone supports and that Node does not mark as experimental (RFC 9053,
 * RFC 8812 §2).
 */
const ALGORITHMS = [-7, -8, -257];

/** Imported at the first use, which keeps it out of the start-up time. */
const webAuthn = () => import('@simplewebauthn/server');

interface Attested {
  readonly credential: WebAuthnCredential;
  readonly credentialBackedUp: boolean;
}

/** Registers (WebAuthn L3 §7.1), lists and removes the passkeys of an account. */
@Injectable()
export class PasskeyService {
  private readonly log = new Logger('Passkeys');

  constructor(
    private readonly em: EntityManager,
    private readonly challenges: AuthChallengeService,
    private readonly recoveryCodes: RecoveryCodeService,
    private readonly changes: FactorChangeService,
    @Inject(passkeysConfig.KEY) private readonly config: ConfigType<typeof passkeysConfig>,
  ) {}

  async list({ accountId }: Principal): Promise<PasskeyView[]> {
    const order = { orderBy: { id: 'asc' as const } };
    const passkeys = await this.em.fork().find(Passkey, { accountId }, order);
    return passkeys.map(toPasskeyView);
  }

  /** The creation options for a passkey: a discoverable credential with user verification. */
  async registrationOptions({ accountId }: Principal): Promise<PasskeyOptionsView> {
    const em = this.em.fork();
    const { username } = await em.findOneOrFail(Account, { id: accountId });
    const known = await em.find(Passkey, { accountId });
    const challenge = await this.challenges.issue('passkey_registration', accountId);
    const { generateRegistrationOptions } = await webAuthn();
    const options = await generateRegistrationOptions({
      rpID: this.config.rpId,
      rpName: this.config.rpName,
      userID: userHandleOf(accountId),
      userName: username,
      userDisplayName: username,
      challenge: Uint8Array.from(Buffer.from(challenge, 'base64url')),
      attestationType: 'none',
      supportedAlgorithmIDs: ALGORITHMS,
      excludeCredentials: known.map(({ credentialId }) => ({ id: credentialId })),
      authenticatorSelection: { residentKey: 'required', userVerification: 'required' },
    });
    return { challenge, options };
  }

  /** @throws FactorError `invalid_challenge`, `passkey_refused`, `passkey_known`, `too_many_passkeys` */
  async register(
    principal: Principal,
    dto: RegisterPasskeyDto,
    client: ClientOrigin,
  ): Promise<RegisteredPasskeyView> {
    const { accountId } = principal;
    const asked = await this.challenges.take('passkey_registration', dto.challenge);
    if (asked?.accountId !== accountId) throw FactorError.invalidChallenge();
    const attested = await this.verify(dto, accountId);
    const registered = await this.store(accountId, dto.name, attested);
    const tokens = await this.changes.announceNew(
      principal,
      'passkey',
      'passkey_added',
      client,
      dto.name,
    );
    return { ...registered, tokens };
  }

  /** @throws FactorError `passkey_not_found`, also for a passkey of another account */
  async remove(principal: Principal, id: string, client: ClientOrigin): Promise<void> {
    const { accountId } = principal;
    await this.em.fork().transactional(async (em) => {
      await lockAccount(em, accountId);
      if ((await em.nativeDelete(Passkey, { id, accountId })) === 0) {
        throw new FactorError('passkey_not_found', 'There is no such passkey.');
      }
      await this.changes.settleRemoval(principal, em);
    });
    await this.changes.announce(principal, 'passkey_removed', client);
  }

  private async verify(dto: RegisterPasskeyDto, accountId: string): Promise<Attested> {
    const { verifyRegistrationResponse } = await webAuthn();
    try {
      const { registrationInfo } = await verifyRegistrationResponse({
        response: Object.assign(
          { clientExtensionResults: {} },
          dto.response,
        ) as RegistrationResponseJSON,
        expectedChallenge: dto.challenge,
        expectedOrigin: [...this.config.origins],
        expectedRPID: this.config.rpId,
        requireUserVerification: true,
        supportedAlgorithmIDs: ALGORITHMS,
      });
      const isLured = isCrossOrigin(dto.response.response.clientDataJSON);
      if (registrationInfo && !isLured) return registrationInfo;
      const reason = isLured ? 'cross_origin' : 'attestation';
      this.log.warn({ event: 'auth.passkey.refused', reason, userId: accountId });
    } catch (error) {
      this.log.warn({ event: 'auth.passkey.refused', reason: refusalOf(error), userId: accountId });
    }
    throw new FactorError('passkey_refused', 'This passkey cannot be used here. Try again.');
  }

  private async store(
    accountId: string,
    name: string,
    { credential, credentialBackedUp }: Attested,
  ): Promise<Omit<RegisteredPasskeyView, 'tokens'>> {
    try {
      return await this.em.fork().transactional(async (em) => {
        await lockAccount(em, accountId);
        if ((await em.count(Passkey, { accountId })) >= MAX_PASSKEYS_PER_ACCOUNT) {
          throw new FactorError(
            'too_many_passkeys',
            'Remove a passkey before you add another one.',
          );
        }
        const passkey = em.create(Passkey, {
          id: v7(),
          credentialId: credential.id,
          accountId,
          publicKey: Buffer.from(credential.publicKey).toString('base64url'),
          counter: credential.counter,
          transports: (credential.transports ?? []).join(' '),
          name,
          backedUp: credentialBackedUp,
          createdAt: new Date(),
        });
        await em.flush();
        // An unconfirmed TOTP secret was requested when a password alone was enough proof.
        await em.nativeDelete(TotpSecret, { accountId, confirmedAt: null });
        const hasCodes = (await this.recoveryCodes.count(accountId, em)) > 0;
        const recoveryCodes = hasCodes
          ? undefined
          : await this.recoveryCodes.replace(accountId, em);
        return Object.assign(toPasskeyView(passkey), { recoveryCodes });
      });
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw new FactorError('passkey_known', 'This passkey is registered already.');
    }
  }
}
