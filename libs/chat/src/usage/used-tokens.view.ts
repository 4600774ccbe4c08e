import { ApiProperty } from '@nestjs/swagger';
import { NANOS } from './token-sums.js';
import type { TokenUsage } from './token-usage.entity.js';

export class CostView {
  @ApiProperty({ example: 'USD', description: 'ISO 4217.' })
  currency!: string;

  @ApiProperty({ example: 0.0123 })
  amount!: number;
}

export class UsedTokensView {
  @ApiProperty({ type: 'integer', minimum: 0 })
  inputTokens!: number;

  @ApiProperty({ type: 'integer', minimum: 0 })
  outputTokens!: number;

  @ApiProperty({
    description:
      'Whether some of the numbers are estimates, because the provider of the model does not report them.',
  })
  isEstimated!: boolean;

  @ApiProperty({ type: [CostView], description: 'Empty if the models have no price.' })
  costs!: CostView[];
}

/** What was counted, of a day or of a run. */
export type CountedTokens = Pick<
  TokenUsage,
  'currency' | 'inputTokens' | 'outputTokens' | 'estimatedTokens' | 'costNanos'
>;

export function toUsedTokensView(rows: readonly CountedTokens[]): UsedTokensView {
  const sum = (of: (row: CountedTokens) => number) => rows.reduce((all, row) => all + of(row), 0);
  const byCurrency = Map.groupBy(
    rows.filter(({ currency }) => currency !== ''),
    ({ currency }) => currency,
  );
  return {
    inputTokens: sum(({ inputTokens }) => inputTokens),
    outputTokens: sum(({ outputTokens }) => outputTokens),
    isEstimated: rows.some(({ estimatedTokens }) => estimatedTokens > 0),
    costs: [...byCurrency].map(([currency, some]) => ({
      currency,
      amount: some.reduce((all, { costNanos }) => all + costNanos, 0) / NANOS,
    })),
  };
}
