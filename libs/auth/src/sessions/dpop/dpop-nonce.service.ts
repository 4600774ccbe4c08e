import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac } from 'node:crypto';
import { deriveKey } from '../../accounts/credentials/derive-key.js';
import { signingConfig } from '../tokens/signing.config.js';

/** How long a nonce is issued; it is accepted for the same time again. Milliseconds. */
const NONCE_SLOT_MS = 150_000;

/**
 * Nonces that limit the age of proofs (RFC 9449 §8 and §9). Each is a keyed hash of its time slot: nothing is stored,
 * every instance accepts those of the others, and no proof can be created for a later time. They are not secret.
 */
@Injectable()
export class DpopNonceService {
  private readonly keys: readonly Buffer[];
  private slot = Number.NaN;
  private newest = '';
  private accepted: ReadonlySet<string> = new Set();

  constructor(@Inject(signingConfig.KEY) config: ConfigType<typeof signingConfig>) {
    // During a rolling change of the secret, each instance accepts the nonces of both.
    this.keys = [config.jwtSecret, config.jwtSecretPrevious]
      .filter((secret) => secret !== undefined)
      .map((secret) => deriveKey(secret, 'dpop-nonce'));
  }

  current(now = Date.now()): string {
    this.turnTo(now);
    return this.newest;
  }

  accepts(nonce: string | undefined, now = Date.now()): boolean {
    this.turnTo(now);
    return nonce !== undefined && this.accepted.has(nonce);
  }

  private turnTo(now: number): void {
    const slot = Math.floor(now / NONCE_SLOT_MS);
    if (slot === this.slot) return;
    this.slot = slot;
    this.newest = nonceOf(this.keys[0]!, slot);
    // The next slot too: the clock of another instance may be slightly ahead.
    this.accepted = new Set(
      this.keys.flatMap((key) => [slot - 1, slot, slot + 1].map((each) => nonceOf(key, each))),
    );
  }
}

function nonceOf(key: Buffer, slot: number): string {
  return createHmac('sha256', key).update(String(slot)).digest('base64url');
}
