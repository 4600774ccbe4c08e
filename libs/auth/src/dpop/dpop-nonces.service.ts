import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createHmac, hkdfSync } from 'node:crypto';
import { authConfig } from '../auth.config.js';

/** How long one nonce is given out; it is taken for as long again after that. Milliseconds. */
const SLOT = 150_000;

/**
 * The nonces that make proofs fresh (RFC 9449 §8 and §9). Each is a keyed hash of its time slot: nothing is stored,
 * every instance knows those of the others, and nobody can make a proof for tomorrow. They are no secrets.
 */
@Injectable()
export class DpopNonces {
  private readonly keys: readonly Buffer[];
  private slot = Number.NaN;
  private newest = '';
  private accepted: ReadonlySet<string> = new Set();

  constructor(@Inject(authConfig.KEY) config: ConfigType<typeof authConfig>) {
    // While instances get a new secret one after the other, each knows the nonces of both.
    this.keys = [config.jwtSecret, config.jwtSecretPrevious]
      .filter((secret) => secret !== undefined)
      .map((secret) => Buffer.from(hkdfSync('sha256', secret, '', 'dpop-nonce', 32)));
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
    const slot = Math.floor(now / SLOT);
    if (slot === this.slot) return;
    this.slot = slot;
    this.newest = nonceOf(this.keys[0]!, slot);
    // The next one too: the clock of another instance may be a little ahead.
    this.accepted = new Set(
      this.keys.flatMap((key) => [slot - 1, slot, slot + 1].map((each) => nonceOf(key, each))),
    );
  }
}

function nonceOf(key: Buffer, slot: number): string {
  return createHmac('sha256', key).update(String(slot)).digest('base64url');
}
