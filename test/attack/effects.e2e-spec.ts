import { aSecret, freshStorage, startGateway } from '../e2e/gateway.ts';
import { aPair, EFFECTS, effectVariables, type Pair, timeToEffect } from './effects.ts';

/** What an operator changes on one instance is in force on all others within this time. Milliseconds. */
const WITHIN_MS = 1_000;

describe('on another instance, within a second of the answer', { timeout: 180_000 }, () => {
  let pair: Pair;

  // Two processes on one database; SQLite allows that for the duration of these tests.
  beforeAll(async () => {
    const environment = {
      ...(await freshStorage()),
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      ...effectVariables(),
    };
    const [one, other] = [await startGateway({ environment }), await startGateway({ environment })];
    pair = await aPair(one, other);
  });

  it.each(EFFECTS)('$name', { retry: 2 }, async (effect) => {
    const took = await timeToEffect(effect, pair);
    console.log(`${effect.name}: ${Math.round(took)} ms`);
    expect(took).toBeLessThan(WITHIN_MS);
  });
});
