import { defineEntity, p } from '@mikro-orm/core';

const TokenUsageSchema = defineEntity({
  name: 'TokenUsage',
  tableName: 'token_usage',
  properties: {
    accountId: p.uuid().primary(),
    /** In UTC, such as 2026-11-26. */
    day: p.text().primary(),
    /** The assistant; empty for what was used before assistants were told apart. */
    profileId: p.text().primary(),
    /** ISO 4217; empty for models without a price. */
    currency: p.text().primary(),
    inputTokens: p.bigint('number'),
    outputTokens: p.bigint('number'),
    /** How many of the tokens were estimated, as the provider did not report them. */
    estimatedTokens: p.bigint('number'),
    /** Billionths of the currency. */
    costNanos: p.bigint('number'),
  },
});

/** What language models have used for one account with one assistant in a day. */
export class TokenUsage extends TokenUsageSchema.class {}
TokenUsageSchema.setClass(TokenUsage);
