import type { AtomicWrite } from '@app/persistence';

/** The tokens that one step has used, and the run and account that they count for. */
export interface UsedTokens {
  readonly accountId: string;
  readonly runId: string;
  readonly model: string;
  /** In UTC, such as 2026-11-26. */
  readonly day: string;
  readonly profileId: string;
  readonly currency: string;
  readonly inputTokens: number;
  readonly outputTokens: number;
  readonly estimatedTokens: number;
  readonly costNanos: number;
}

const COUNTS = ['input_tokens', 'output_tokens', 'estimated_tokens', 'cost_nanos'];

const added = (table: string) =>
  COUNTS.map((column) => `${column} = ${table}.${column} + excluded.${column}`).join(', ');

/** Nothing for a run that was deleted meanwhile: the day keeps it. */
const OF_RUN = `insert into run_usage (run_id, model, currency, ${COUNTS.join(', ')})
  select id, ?, ?, ?, ?, ?, ? from runs where id = ?
  on conflict (run_id, model, currency) do update set ${added('run_usage')}`;

/** Nothing for an account that was erased meanwhile. */
const OF_DAY = `insert into token_usage (account_id, day, profile_id, currency, ${COUNTS.join(', ')})
  select id, ?, ?, ?, ?, ?, ?, ? from accounts where id = ?
  on conflict (account_id, day, profile_id, currency) do update set ${added('token_usage')}`;

/** Adds what a step has used to its run and to the day of its account. */
export function addTokenUsage(used: UsedTokens): AtomicWrite {
  const { accountId, runId, model, day, profileId, currency } = used;
  const counts = [used.inputTokens, used.outputTokens, used.estimatedTokens, used.costNanos];
  const ofRun = [model, currency, ...counts, runId];
  const ofDay = [day, profileId, currency, ...counts, accountId];
  return {
    sqlite: () => [
      { sql: OF_RUN, values: ofRun },
      { sql: OF_DAY, values: ofDay },
    ],
    postgres: () => ({
      sql: `with run as (${OF_RUN}), day as (${OF_DAY}) select null as missing`,
      values: [...ofRun, ...ofDay],
    }),
  };
}
