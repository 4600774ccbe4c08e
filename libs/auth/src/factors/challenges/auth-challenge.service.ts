import { EntityManager } from '@mikro-orm/core';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { SecretBoxService } from '../../accounts/credentials/secret-box.service.js';
import { sha256 } from '../../accounts/credentials/sha256.js';
import { AuthChallenge, type ChallengePurpose } from './auth-challenge.entity.js';

/** How long a challenge can be answered (ASVS 5.0, 6.5.5 allows ten minutes). Milliseconds. */
const CHALLENGE_LIFETIME_MS = 5 * 60_000;

/** A valid challenge. */
export interface OpenChallenge<Data = unknown> {
  readonly accountId: string | undefined;
  readonly data: Data;
}

/**
 * Random single-use challenges. Only hashes are stored, so that read access to the table does not reveal a challenge.
 */
@Injectable()
export class AuthChallengeService {
  constructor(
    private readonly em: EntityManager,
    private readonly box: SecretBoxService,
  ) {}

  /** Issues a challenge: 256 random bits in base64url. */
  async issue(purpose: ChallengePurpose, accountId?: string, data?: object): Promise<string> {
    const challenge = randomBytes(32).toString('base64url');
    const challengeHash = sha256(challenge);
    const now = Date.now();
    await this.em.fork().insert(AuthChallenge, {
      challengeHash,
      purpose,
      accountId: accountId ?? null,
      data: data ? this.box.seal('challenge-data', challengeHash, JSON.stringify(data)) : null,
      expiresAt: new Date(now + CHALLENGE_LIFETIME_MS),
    });
    return challenge;
  }

  /** Reads a challenge without consuming it; undefined if it is unknown, used or expired. */
  async find<Data>(
    purpose: ChallengePurpose,
    challenge: string,
  ): Promise<OpenChallenge<Data> | undefined> {
    const row = await this.em.fork().findOne(AuthChallenge, openRow(purpose, challenge));
    return row ? this.opened<Data>(row) : undefined;
  }

  /**
   * Consumes a challenge, in the transaction of `em` if there is one. One statement deletes it: of concurrent uses, one
   * succeeds.
   */
  async use(
    purpose: ChallengePurpose,
    challenge: string,
    em: EntityManager = this.em.fork(),
  ): Promise<boolean> {
    return (await em.nativeDelete(AuthChallenge, openRow(purpose, challenge))) === 1;
  }

  /** Consumes a challenge and returns it; undefined if it is unknown, used or expired. */
  async take<Data>(
    purpose: ChallengePurpose,
    challenge: string,
  ): Promise<OpenChallenge<Data> | undefined> {
    const found = await this.find<Data>(purpose, challenge);
    return found && (await this.use(purpose, challenge)) ? found : undefined;
  }

  /** Deletes the expired challenges. */
  async forgetOld(): Promise<void> {
    await this.em.fork().nativeDelete(AuthChallenge, { expiresAt: { $lt: new Date() } });
  }

  private opened<Data>({ challengeHash, accountId, data }: AuthChallenge): OpenChallenge<Data> {
    const text = data ? this.box.open('challenge-data', challengeHash, data) : '{}';
    return { accountId: accountId ?? undefined, data: JSON.parse(text) as Data };
  }
}

function openRow(purpose: ChallengePurpose, challenge: string) {
  return { challengeHash: sha256(challenge), purpose, expiresAt: { $gt: new Date() } };
}
