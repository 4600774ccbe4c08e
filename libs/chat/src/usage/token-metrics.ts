import { counter } from '@app/metrics';
import type { StepUsage } from '@app/models';

const tokens = counter({
  name: 'gateway_model_tokens_total',
  help: 'Input and output tokens of language models; estimates if the provider does not report them.',
  labels: ['model', 'profile', 'direction'],
});

const costs = counter({
  name: 'gateway_model_cost_total',
  help: 'Cost of the steps of language models, by the prices in their files.',
  labels: ['model', 'profile', 'currency'],
});

const NANOS = 1e9;

export function countTokens(
  model: string,
  profile: string,
  { inputTokens, outputTokens, cost }: StepUsage,
): void {
  tokens.add({ model, profile, direction: 'input' }, inputTokens);
  tokens.add({ model, profile, direction: 'output' }, outputTokens);
  if (cost) costs.add({ model, profile, currency: cost.currency }, cost.nanos / NANOS);
}
