import { mkdirSync } from 'node:fs';
import { aPair, EFFECTS, effectVariables, timeToEffect } from '../attack/effects.ts';
import { EVIDENCE_DIR } from '../e2e/evidence.ts';
import type { Database } from './harness/databases.ts';
import { atMost, milliseconds, type Row } from './harness/row.ts';
import { startGateway } from './harness/servers.ts';
import { median } from './harness/statistics.ts';

const ROUNDS = 5;
const WARM_UP_ROUNDS = 1;

/** What is promised. Milliseconds. */
const WITHIN_MS = 1_000;

/** How long after the answer of one instance another one acts on what an operator has changed. */
export async function effects(database: Database): Promise<Row[]> {
  mkdirSync(EVIDENCE_DIR, { recursive: true });
  const environment = { ...(await database.fresh()), ...effectVariables() };
  // One after the other: the first one makes the tables.
  const one = await startGateway(environment);
  const other = await startGateway(environment);
  const pair = await aPair({ url: one.url, environment }, { url: other.url, environment });
  const rows = [];
  for (const effect of EFFECTS) {
    const times = [];
    for (let round = -WARM_UP_ROUNDS; round < ROUNDS; round += 1) {
      const took = await timeToEffect(effect, pair);
      if (round >= 0) times.push(took);
    }
    const longest = Math.max(...times);
    const measured = `${milliseconds(median(times))}, at most ${milliseconds(longest)}`;
    rows.push(atMost(effect.name, longest, WITHIN_MS, milliseconds, measured));
  }
  for (const server of [one, other]) await server.stop();
  return rows;
}
