import type { ModelMessage, ModelToolResult } from './model-message.js';
import { tokensOfMessage } from './token-estimate.js';

/** What is left of the result of a tool that had to be shortened. Characters. */
const SHORTENED_RESULT = 400;

/** Said at its end, so that the model does not take the part for the whole. */
const CUT = '\n[The rest was left out. Call the tool again to see it.]';

/** A message of a person, and all that followed it up to the next one. */
type Turn = readonly ModelMessage[];

/**
 * The messages that fit into so many tokens: the newest turns whole, the results of tools shortened first, the oldest
 * of them before the others, then the oldest turns left out. The newest turn is always there. A call without a result,
 * as a run leaves it that was interrupted, is left out: no provider takes one.
 */
export function fitMessages(messages: readonly ModelMessage[], budget: number): ModelMessage[] {
  const complete = withoutOpenCalls(messages);
  const fitting = shortenResults(complete, budget);
  const turns = turnsOf(fitting);
  let left = budget;
  const kept: Turn[] = [];
  for (const turn of turns.toReversed()) {
    left -= tokensOf(turn);
    if (left < 0 && kept.length > 0) break;
    kept.unshift(turn);
  }
  return kept.flat();
}

function withoutOpenCalls(messages: readonly ModelMessage[]): ModelMessage[] {
  const answered = new Set(
    messages.flatMap((one) => (one.role === 'tool' ? one.results.map(({ callId }) => callId) : [])),
  );
  return messages.flatMap((message): ModelMessage[] => {
    if (message.role !== 'assistant') return [message];
    const calls = message.calls.filter(({ id }) => answered.has(id));
    return calls.length > 0 || message.text !== '' ? [{ ...message, calls }] : [];
  });
}

/** From the oldest on, and only as many as it takes. */
function shortenResults(messages: readonly ModelMessage[], budget: number): ModelMessage[] {
  let excess = tokensOf(messages) - budget;
  return messages.map((message) => {
    if (excess <= 0 || message.role !== 'tool') return message;
    const shortened = { ...message, results: message.results.map(shorten) };
    excess -= tokensOfMessage(message) - tokensOfMessage(shortened);
    return shortened;
  });
}

function shorten(result: ModelToolResult): ModelToolResult {
  if (result.text.length <= SHORTENED_RESULT + CUT.length) return result;
  return { ...result, text: result.text.slice(0, SHORTENED_RESULT).toWellFormed() + CUT };
}

function turnsOf(messages: readonly ModelMessage[]): Turn[] {
  const turns: ModelMessage[][] = [];
  for (const message of messages) {
    if (message.role === 'user' || turns.length === 0) turns.push([]);
    turns.at(-1)!.push(message);
  }
  return turns;
}

function tokensOf(messages: readonly ModelMessage[]): number {
  return messages.reduce((sum, message) => sum + tokensOfMessage(message), 0);
}
