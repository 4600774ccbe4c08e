import type { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import type { CountedTokens } from './used-tokens.view.js';

/** Sums come as texts from PostgreSQL. */
type SumRow = { readonly [Count in keyof CountedTokens]: CountedTokens[Count] | string };

/** What language models have used for the answers of a conversation, by currency. The caller has checked its owner. */
export async function usedInConversation(
  em: EntityManager,
  conversationKey: string,
): Promise<CountedTokens[]> {
  const rows = await (em as SqlEntityManager).execute<SumRow[]>(
    `select u.currency, sum(u.input_tokens) as "inputTokens", sum(u.output_tokens) as "outputTokens",
       sum(u.estimated_tokens) as "estimatedTokens", sum(u.cost_nanos) as "costNanos"
     from runs r join run_usage u on u.run_id = r.id
     where r.conversation_id = ? group by u.currency order by u.currency`,
    [conversationKey],
  );
  return rows.map((row) => ({
    currency: row.currency,
    inputTokens: Number(row.inputTokens),
    outputTokens: Number(row.outputTokens),
    estimatedTokens: Number(row.estimatedTokens),
    costNanos: Number(row.costNanos),
  }));
}
