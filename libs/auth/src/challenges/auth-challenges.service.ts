import { EntityManager } from '@mikro-orm/core';
import { Inject, Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { SecretBox } from '../credentials/secret-box.service.js';
import { hashOf } from '../tokens/token-hash.js';
import { AuthChallenge, type ChallengePurpose } from './auth-challenge.entity.js';

/** How long a challenge can be answered (ASVS 5.0, 6.5.5 allows ten minutes). Milliseconds. */
const LIFETIME = 5 * 60_000;

/** A challenge that can still be answered. */
export interface OpenChallenge<Data = unknown> {
  readonly accountId: string | undefined;
  readonly data: Data;
}

/** Random challenges that can be used once. Only their hashes are stored, so the table opens nothing. */
@Injectable()
export class AuthChallenges {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(SecretBox) private readonly box: SecretBox,
  ) {}

  /** A new challenge: 256 random bits in base64url. */
  async issue(purpose: ChallengePurpose, accountId?: string, data?: object): Promise<string> {
    const challenge = randomBytes(32).toString('base64url');
    const challengeHash = hashOf(challenge);
    const now = Date.now();
    await this.em.fork().insert(AuthChallenge, {
      challengeHash,
      purpose,
      accountId: accountId ?? null,
      data: data ? this.box.seal('challenge-data', challengeHash, JSON.stringify(data)) : null,
      expiresAt: new Date(now + LIFETIME),
    });
    return challenge;
  }

  /** Looks at a challenge and leaves it as it is; undefined if it is unknown, used or too old. */
  async find<Data>(
    purpose: ChallengePurpose,
    challenge: string,
  ): Promise<OpenChallenge<Data> | undefined> {
    const row = await this.em.fork().findOne(AuthChallenge, openRow(purpose, challenge));
    return row ? this.opened<Data>(row) : undefined;
  }

  /**
   * Uses a challenge up. Deleting it is one statement: of any number of simultaneous uses, one finds it there.
   */
  async use(purpose: ChallengePurpose, challenge: string): Promise<boolean> {
    return (await this.em.fork().nativeDelete(AuthChallenge, openRow(purpose, challenge))) === 1;
  }

  /** Uses a challenge up, and says whom and what it was for; undefined if it is unknown, used or too old. */
  async take<Data>(
    purpose: ChallengePurpose,
    challenge: string,
  ): Promise<OpenChallenge<Data> | undefined> {
    const found = await this.find<Data>(purpose, challenge);
    return found && (await this.use(purpose, challenge)) ? found : undefined;
  }

  /** Deletes what nobody answered in time. */
  async forgetOld(): Promise<void> {
    await this.em.fork().nativeDelete(AuthChallenge, { expiresAt: { $lt: new Date() } });
  }

  private opened<Data>({ challengeHash, accountId, data }: AuthChallenge): OpenChallenge<Data> {
    const text = data ? this.box.open('challenge-data', challengeHash, data) : '{}';
    return { accountId: accountId ?? undefined, data: JSON.parse(text) as Data };
  }
}

function openRow(purpose: ChallengePurpose, challenge: string) {
  return { challengeHash: hashOf(challenge), purpose, expiresAt: { $gt: new Date() } };
}
