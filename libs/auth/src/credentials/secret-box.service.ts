import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createCipheriv, createDecipheriv, hkdfSync, randomBytes } from 'node:crypto';
import { authConfig } from '../auth.config.js';

/** AES-256-GCM with nonces of 96 bits, made at random, and tags of 128 (NIST SP 800-38D §5.2 and §8.2.2). */
const CIPHER = 'aes-256-gcm';
const NONCE = 12;
const TAG = 16;

/** How it was sealed, in front of each text, so that another cipher can follow (ASVS 5.0, 11.2.2). */
const VERSION = 'v1.';

/** What is sealed. Each kind has a key of its own (HKDF, RFC 5869), so one never passes for another. */
export type SealedKind = 'totp-secret' | 'challenge-data';

/**
 * Encrypts what the gateway itself must read again and the database must not tell. `context` is where it belongs, an
 * account's id for example: moved to another row it cannot be opened.
 */
@Injectable()
export class SecretBox {
  private readonly keys = new Map<SealedKind, Buffer>();

  constructor(@Inject(authConfig.KEY) private readonly config: ConfigType<typeof authConfig>) {}

  seal(kind: SealedKind, context: string, text: string): string {
    const nonce = randomBytes(NONCE);
    const cipher = createCipheriv(CIPHER, this.keyFor(kind), nonce).setAAD(Buffer.from(context));
    const sealed = Buffer.concat([nonce, cipher.update(text, 'utf8'), cipher.final()]);
    return VERSION + Buffer.concat([sealed, cipher.getAuthTag()]).toString('base64url');
  }

  /** @throws Error if it was sealed with another pepper, for another context, or changed since */
  open(kind: SealedKind, context: string, sealed: string): string {
    if (!sealed.startsWith(VERSION)) throw new Error('sealed by an unknown version');
    const bytes = Buffer.from(sealed.slice(VERSION.length), 'base64url');
    if (bytes.length < NONCE + TAG) throw new Error('too short to be sealed');
    const decipher = createDecipheriv(CIPHER, this.keyFor(kind), bytes.subarray(0, NONCE), {
      authTagLength: TAG,
    })
      .setAAD(Buffer.from(context))
      .setAuthTag(bytes.subarray(-TAG));
    const text = decipher.update(bytes.subarray(NONCE, -TAG));
    return Buffer.concat([text, decipher.final()]).toString('utf8');
  }

  private keyFor(kind: SealedKind): Buffer {
    let key = this.keys.get(kind);
    if (!key) {
      key = Buffer.from(hkdfSync('sha256', this.config.passwordPepper, '', `sealed:${kind}`, 32));
      this.keys.set(kind, key);
    }
    return key;
  }
}
