import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { RegistrationResponseJSON, WebAuthnCredential } from '@simplewebauthn/server';
import { v7 } from 'uuid';
import { Account } from '../accounts/account.entity.js';
import { lockedAccount } from '../accounts/locked-account.js';
import { AuthError } from '../auth.error.js';
import { AuthChallenges } from '../challenges/auth-challenges.service.js';
import type { ClientOrigin } from '../clients/client.decorator.js';
import { FactorChanges } from '../second-factor/factor-changes.service.js';
import { RecoveryCodes } from '../second-factor/recovery-codes.service.js';
import { TotpSecret } from '../second-factor/totp-secret.entity.js';
import type { Principal } from '../tokens/principal.js';
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

/** What one account may have; it bounds the lists that are sent to phones. */
const MOST_PER_ACCOUNT = 20;

/** ES256, EdDSA and RS256: what every phone has, and what the runtime does not call experimental (RFC 9053, RFC 8812 §2). */
const ALGORITHMS = [-7, -8, -257];

/** Read at first use: no start needs to wait for it. */
const webAuthn = () => import('@simplewebauthn/server');

interface Attested {
  readonly credential: WebAuthnCredential;
  readonly credentialBackedUp: boolean;
}

/** The passkeys of an account: registered (WebAuthn L3 §7.1), listed, removed. */
@Injectable()
export class PasskeyService {
  private readonly log = new Logger('Passkeys');

  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(AuthChallenges) private readonly challenges: AuthChallenges,
    @Inject(RecoveryCodes) private readonly recoveryCodes: RecoveryCodes,
    @Inject(FactorChanges) private readonly changes: FactorChanges,
    @Inject(passkeysConfig.KEY) private readonly config: ConfigType<typeof passkeysConfig>,
  ) {}

  async list({ userId }: Principal): Promise<PasskeyView[]> {
    const order = { orderBy: { id: 'asc' as const } };
    const passkeys = await this.em.fork().find(Passkey, { accountId: userId }, order);
    return passkeys.map(toPasskeyView);
  }

  /** What the phone needs to make a passkey: one that it can find by itself, and that asks for the finger or face. */
  async registrationOptions({ userId }: Principal): Promise<PasskeyOptionsView> {
    const em = this.em.fork();
    const { username } = await em.findOneOrFail(Account, { id: userId });
    const known = await em.find(Passkey, { accountId: userId });
    const challenge = await this.challenges.issue('passkey_registration', userId);
    const { generateRegistrationOptions } = await webAuthn();
    const options = await generateRegistrationOptions({
      rpID: this.config.rpId,
      rpName: this.config.rpName,
      userID: userHandleOf(userId),
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

  /** @throws AuthError `invalid_challenge`, `passkey_refused`, `passkey_known`, `too_many_passkeys` */
  async register(
    principal: Principal,
    dto: RegisterPasskeyDto,
    client: ClientOrigin,
  ): Promise<RegisteredPasskeyView> {
    const { userId } = principal;
    const asked = await this.challenges.take('passkey_registration', dto.challenge);
    if (asked?.accountId !== userId) throw AuthError.invalidChallenge();
    const attested = await this.verify(dto, userId);
    const registered = await this.store(userId, dto.name, attested);
    const tokens = await this.changes.announceNew(
      principal,
      'passkey',
      'passkey_added',
      client,
      dto.name,
    );
    return { ...registered, tokens };
  }

  /** @throws AuthError `passkey_not_found`, also for one of somebody else */
  async remove(principal: Principal, id: string, client: ClientOrigin): Promise<void> {
    const { userId } = principal;
    await this.em.fork().transactional(async (em) => {
      await lockedAccount(em, userId);
      if ((await em.nativeDelete(Passkey, { id, accountId: userId })) === 0) {
        throw new AuthError('passkey_not_found', 'There is no such passkey.');
      }
      await this.changes.settleRemoval(principal, em);
    });
    await this.changes.announce(principal, 'passkey_removed', client);
  }

  private async verify(dto: RegisterPasskeyDto, userId: string): Promise<Attested> {
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
      if (registrationInfo) return registrationInfo;
      this.log.warn({ event: 'auth.passkey.refused', reason: 'attestation', userId });
    } catch (error) {
      this.log.warn({ event: 'auth.passkey.refused', reason: refusalOf(error), userId });
    }
    throw new AuthError('passkey_refused', 'This passkey cannot be used here. Try again.');
  }

  private async store(
    accountId: string,
    name: string,
    { credential, credentialBackedUp }: Attested,
  ): Promise<Omit<RegisteredPasskeyView, 'tokens'>> {
    try {
      return await this.em.fork().transactional(async (em) => {
        await lockedAccount(em, accountId);
        if ((await em.count(Passkey, { accountId })) >= MOST_PER_ACCOUNT) {
          throw new AuthError('too_many_passkeys', 'Remove a passkey before you add another one.');
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
        // A secret that waits for its first code was asked for when a password was proof enough.
        await em.nativeDelete(TotpSecret, { accountId, confirmedAt: null });
        const hasCodes = (await this.recoveryCodes.count(accountId, em)) > 0;
        const recoveryCodes = hasCodes
          ? undefined
          : await this.recoveryCodes.replace(accountId, em);
        return Object.assign(toPasskeyView(passkey), { recoveryCodes });
      });
    } catch (error) {
      if (!(error instanceof UniqueConstraintViolationException)) throw error;
      throw new AuthError('passkey_known', 'This passkey is registered already.');
    }
  }
}
