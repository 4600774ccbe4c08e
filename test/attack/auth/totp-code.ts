import { createHmac } from 'node:crypto';
import { isSecret } from '../../e2e/evidence.ts';

const ALPHABET = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ234567';

/** The time step `by` steps from the current one. */
export function timeStep(by = 0): number {
  return Math.floor(Date.now() / 30_000) + by;
}

/** The code of a time step by RFC 4226 §5.3, implemented independently of the library that the gateway uses. */
export function codeOf(secret: string, step = timeStep()): string {
  isSecret(secret);
  const bits = Array.from(secret).map((char) =>
    ALPHABET.indexOf(char).toString(2).padStart(5, '0'),
  );
  const key = Buffer.from(
    bits
      .join('')
      .match(/.{8}/g)!
      .map((byte) => parseInt(byte, 2)),
  );
  const counter = Buffer.alloc(8);
  counter.writeBigUInt64BE(BigInt(step));
  const digest = createHmac('sha1', key).update(counter).digest();
  const offset = digest.at(-1)! & 0xf;
  return String((digest.readUInt32BE(offset) & 0x7fffffff) % 1_000_000).padStart(6, '0');
}

/** Resolves once at least some seconds of the current time step remain. */
export const untilStepLasts = () =>
  vi.waitUntil(() => Date.now() % 30_000 < 25_000, { timeout: 10_000, interval: 100 });

/** A code of none of the currently accepted time steps. */
export function wrongCode(secret: string): string {
  const right = [-2, -1, 0, 1, 2].map((by) => codeOf(secret, timeStep(by)));
  for (let guess = 0; ; guess += 1) {
    const code = String(guess).padStart(6, '0');
    if (!right.includes(code)) return code;
  }
}
