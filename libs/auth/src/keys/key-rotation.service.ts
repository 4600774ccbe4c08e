import { ConfigurationError } from '@app/config';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { AuditWitness } from '@app/logging';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomBytes } from 'node:crypto';
import { authConfig } from '../auth.config.js';
import { type Key, keyRing, OVERLAP, revokedBy } from './key-ring.js';
import { keyId, wrapSecret } from './key-wrapping.js';
import { SigningKey } from './signing-key.entity.js';

/** How often a rotation gives way to others at the same time before it gives up. */
const ATTEMPTS = 10;

/** How a new key comes about. */
export interface RotationOptions {
  /** The keys before it verify nothing any more. */
  readonly revokeOld?: boolean;
  /** None of the keys that are there can be opened, and that is meant: their `JWT_SECRET` was given up. */
  readonly hasNewSecret?: boolean;
}

/** What an operator may see of a key. */
export interface KeySummary extends Omit<Key, 'secret'> {
  readonly isSigner: boolean;
}

/** Makes new signing keys. Running instances take them up by themselves, within a second. */
@Injectable()
export class KeyRotation {
  constructor(
    @Inject(EntityManager) private readonly em: EntityManager,
    @Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>,
  ) {}

  /**
   * Adds a key that signs from now on; its id. The keys before it verify until what they signed has expired, or not at
   * all with `revokeOld`. Of several at the same time each makes its key, one after the other. With `record` there is
   * no key without its record.
   *
   * @throws ConfigurationError if the secrets open none of the keys that are there: made under a wrong one, the new key
   * would take the place of the one that signs, and no instance could open it
   */
  async rotate(
    { revokeOld = false, hasNewSecret = false }: RotationOptions = {},
    record?: AuditWitness,
  ): Promise<string> {
    if (!hasNewSecret) await this.assertKnownSecret();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.em.fork().transactional(async (em) => {
          const kid = await this.replace(em, revokeOld);
          await record?.(kid, em);
          return kid;
        });
      } catch (error) {
        // The database has but one row without an end: another rotation has just put its own there.
        if (!(error instanceof UniqueConstraintViolationException) || attempt === ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  /** All keys that sign or verify, the newest last, and the ids of rows that no secret of the environment opens. */
  async list(): Promise<{ keys: KeySummary[]; unreadable: readonly string[] }> {
    const rows = await this.em.fork().find(SigningKey, {});
    const { keys, signer, unreadable } = keyRing(rows, this.config, Date.now());
    return {
      keys: [...keys.values()].map(({ kid, origin, createdAt, until }) => ({
        kid,
        origin,
        createdAt,
        until,
        isSigner: kid === signer.kid,
      })),
      unreadable,
    };
  }

  private async assertKnownSecret(): Promise<void> {
    const rows = await this.em.fork().find(SigningKey, {});
    const { unreadable, keys } = keyRing(rows, this.config, Date.now());
    const isAnyKnown = [...keys.values()].some(({ origin }) => origin === 'database');
    if (unreadable.length === 0 || isAnyKnown) return;
    throw new ConfigurationError(
      'JWT_SECRET opens none of the keys in the database, so nothing was changed. Give the one that the gateway has; ' +
        'if that one has just been replaced on purpose, add --new-secret.',
    );
  }

  /** Writes first: a transaction that begins with a read could not turn into a writing one next to another (SQLite). */
  private async replace(em: EntityManager, revokeOld: boolean): Promise<string> {
    const now = new Date();
    if (revokeOld) await em.nativeDelete(SigningKey, {});
    else {
      const retiresAt = new Date(now.getTime() + OVERLAP);
      await em.nativeUpdate(SigningKey, { retiresAt: null }, { retiresAt });
    }
    const secret = randomBytes(48).toString('base64url');
    const kid = keyId(secret);
    em.create(SigningKey, {
      kid,
      secret: wrapSecret(secret, kid, this.config.jwtSecret),
      revokes: (revokeOld ? this.roots() : await this.revokedRoots(em)).join(' '),
      createdAt: now,
    });
    await em.flush();
    return kid;
  }

  private async revokedRoots(em: EntityManager): Promise<string[]> {
    const revoked = revokedBy(await em.find(SigningKey, {}));
    return this.roots().filter((kid) => revoked.has(kid));
  }

  private roots(): string[] {
    const { jwtSecret, jwtSecretPrevious } = this.config;
    return [jwtSecret, jwtSecretPrevious].filter((secret) => secret !== undefined).map(keyId);
  }
}
