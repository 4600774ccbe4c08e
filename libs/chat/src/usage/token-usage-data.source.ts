import { LOWEST_ID } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { TokenUsage } from './token-usage.entity.js';
import { toUsedTokensView } from './used-tokens.view.js';

/** How many rows one statement reads. */
const ROWS_PER_PAGE = 500;

/** Runs of the account with what they have used, the oldest first. A run has a row for each of its models. */
const RUNS = `select u.run_id as "runId", coalesce(c.chosen_id, cast(c.id as text)) as "conversationId", u.model, u.currency,
    u.input_tokens as "inputTokens", u.output_tokens as "outputTokens",
    u.estimated_tokens as "estimatedTokens", u.cost_nanos as "costNanos"
  from (
    select distinct u.run_id from run_usage u
    join runs r on r.id = u.run_id join conversations c on c.id = r.conversation_id
    where c.account_id = ? and u.run_id > ? order by u.run_id limit ${ROWS_PER_PAGE}
  ) page join run_usage u on u.run_id = page.run_id join runs r on r.id = u.run_id
  join conversations c on c.id = r.conversation_id
  order by u.run_id, u.model`;

interface UsedByRun {
  readonly runId: string;
  readonly conversationId: string;
  readonly model: string;
  readonly currency: string;
  readonly inputTokens: number | string;
  readonly outputTokens: number | string;
  readonly estimatedTokens: number | string;
  readonly costNanos: number | string;
}

/** What language models have used for a person. */
@Injectable()
export class TokenUsageDataSource {
  readonly tables: readonly string[] = ['token_usage', 'run_usage', 'message_places'];

  constructor(private readonly em: EntityManager) {}

  async exportOf(accountId: string): Promise<object> {
    const em = this.em.fork() as SqlEntityManager;
    const rows = await em.find(TokenUsage, { accountId }, { orderBy: { day: 'asc' } });
    const days = Map.groupBy(rows, ({ day }) => day);
    return {
      days: [...days].map(([day, some]) => ({ day, used: toUsedTokensView(some) })),
      runs: usedByRuns(em, accountId),
    };
  }

  /** What runs have used goes with them, and the counts of a minute with the account. */
  async erase(accountId: string): Promise<void> {
    await this.em.fork().nativeDelete(TokenUsage, { accountId });
  }
}

async function* usedByRuns(em: SqlEntityManager, accountId: string): AsyncGenerator<object> {
  for (let after = LOWEST_ID; ;) {
    const rows = await em.execute<UsedByRun[]>(RUNS, [accountId, after]);
    for (const { runId, conversationId, model, currency, ...counts } of rows) {
      const [inputTokens, outputTokens] = [Number(counts.inputTokens), Number(counts.outputTokens)];
      const isEstimated = Number(counts.estimatedTokens) > 0;
      const cost = currency === '' ? {} : { currency, amount: Number(counts.costNanos) / 1e9 };
      yield { runId, conversationId, model, inputTokens, outputTokens, isEstimated, ...cost };
    }
    if (rows.length === 0) return;
    after = rows.at(-1)!.runId;
  }
}
