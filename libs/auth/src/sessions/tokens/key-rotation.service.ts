import { ConfigurationError } from '@app/config';
import { EntityManager, UniqueConstraintViolationException } from '@mikro-orm/core';
import type { RecordAudit } from '@app/logging';
import { noteChange } from '@app/persistence';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { randomBytes } from 'node:crypto';
import { type Key, KEY_OVERLAP_MS, keyRing, revokedBy } from './key-ring.js';
import { keyId, wrapSecret } from './key-wrapping.js';
import { SigningKey } from './signing-key.entity.js';
import { signingConfig } from './signing.config.js';

/** How often a rotation is retried after a conflict with a concurrent one. */
const MAX_ATTEMPTS = 10;

export interface RotationOptions {
  /** Revokes the earlier keys at once. */
  readonly revokeOld?: boolean;
  /** Accepts that none of the stored keys can be decrypted: their `JWT_SECRET` was given up on purpose. */
  readonly hasNewSecret?: boolean;
}

/** A key without its secret, for the operator. */
export interface KeySummary extends Omit<Key, 'secret'> {
  readonly isSigner: boolean;
}

/** Creates signing keys. Running instances adopt them within a second. */
@Injectable()
export class KeyRotationService {
  constructor(
    private readonly em: EntityManager,
    @Inject(signingConfig.KEY) private readonly config: ConfigType<typeof signingConfig>,
  ) {}

  /**
   * Adds a key that signs from now on and returns its id. Earlier keys verify until the tokens they signed have
   * expired, or not at all with `revokeOld`. Concurrent rotations each add a key, one after the other. `record` writes
   * the audit record in the same transaction.
   *
   * @throws ConfigurationError if the secrets decrypt none of the stored keys: a key created under a wrong secret would
   * replace the signing key, and no instance could decrypt it
   */
  async rotate(
    { revokeOld = false, hasNewSecret = false }: RotationOptions = {},
    record?: RecordAudit,
  ): Promise<string> {
    if (!hasNewSecret) await this.assertKnownSecret();
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.em.fork().transactional(async (em) => {
          const kid = await this.replace(em, revokeOld);
          await record?.(kid, em);
          await noteChange(em, 'keys');
          return kid;
        });
      } catch (error) {
        // The database allows one row without an end: a concurrent rotation has just inserted its own.
        if (!(error instanceof UniqueConstraintViolationException) || attempt === MAX_ATTEMPTS) {
          throw error;
        }
      }
    }
  }

  /** All keys that sign or verify, newest last, and the ids of rows that no secret of the environment decrypts. */
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

  /**
   * Writes first: on SQLite, a transaction that begins with a read cannot become a writing one beside another writer.
   */
  private async replace(em: EntityManager, revokeOld: boolean): Promise<string> {
    const now = new Date();
    if (revokeOld) await em.nativeDelete(SigningKey, {});
    else {
      const retiresAt = new Date(now.getTime() + KEY_OVERLAP_MS);
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
