import type { ModelPrice } from './model-price.js';

/** What one step has used. */
export interface StepUsage {
  readonly inputTokens: number;
  readonly outputTokens: number;
  /** The provider did not say, so that the tokens were counted from the texts. */
  readonly isEstimated: boolean;
  /** Undefined for a model without a price. */
  readonly cost: Cost | undefined;
}

export interface Cost {
  /** ISO 4217. */
  readonly currency: string;
  /** Billionths of the currency: a token costs less than a millionth. */
  readonly nanos: number;
}

/** Tokens as a provider counts them; undefined for what it does not say. */
export interface ReportedTokens {
  readonly input: number | undefined;
  readonly output: number | undefined;
  /** How many of `input` it has read before. */
  readonly cachedInput: number | undefined;
}

/** Billionths of a currency for one token, where a million tokens cost one of the currency. */
const NANOS_PER_TOKEN = 1_000;

/** @param estimated what the texts say, for what the provider does not */
export function usageOf(
  price: ModelPrice | undefined,
  reported: ReportedTokens,
  estimated: { readonly input: number; readonly output: number },
): StepUsage {
  const inputTokens = countOf(reported.input) ?? estimated.input;
  const outputTokens = countOf(reported.output) ?? estimated.output;
  const cached = Math.min(countOf(reported.cachedInput) ?? 0, inputTokens);
  return {
    inputTokens,
    outputTokens,
    isEstimated: countOf(reported.input) === undefined || countOf(reported.output) === undefined,
    cost: price && {
      currency: price.currency,
      nanos: Math.round(
        NANOS_PER_TOKEN *
          ((inputTokens - cached) * price.input +
            cached * (price.cachedInput ?? price.input) +
            outputTokens * price.output),
      ),
    },
  };
}

/** A count that can be one: some servers report nothing as 0, or as a text. */
function countOf(value: unknown): number | undefined {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0 ? value : undefined;
}
