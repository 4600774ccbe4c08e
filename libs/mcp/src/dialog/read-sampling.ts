import { isObject } from '../json/json-text.js';
import { cleanText } from '../results/clean-text.js';
import type { SamplingMessage, SamplingRequest, UnfitSampling } from './sampling-request.js';

/** The most messages, and the longest text of all of them with the system prompt. Characters. */
const MAX_MESSAGES = 32;
const LONGEST_PROMPT = 32_768;

/** The most texts that end an answer, and the longest of them. Characters. */
const MAX_STOPS = 8;
const LONGEST_STOP = 128;

/**
 * Reads the parameters of `sampling/createMessage`. What changes the question makes it unfit; what only wishes, such as
 * for a model, a temperature or the context of the conversation, is left out.
 */
export function readSampling(params: unknown): SamplingRequest | UnfitSampling {
  if (!isObject(params)) return { unfit: 'It has no parameters.' };
  const { messages: given, systemPrompt, maxTokens, tools } = params;
  if (Array.isArray(tools) && tools.length > 0) return { unfit: 'It wants tools to be used.' };
  if (!Array.isArray(given) || given.length === 0) return { unfit: 'It has no messages.' };
  if (given.length > MAX_MESSAGES) return { unfit: `It has over ${MAX_MESSAGES} messages.` };
  const instructions = typeof systemPrompt === 'string' ? systemPrompt : '';
  const messages: SamplingMessage[] = [];
  let length = instructions.length;
  for (const one of given) {
    const message = messageOf(one);
    if (!message) return { unfit: 'It has a message that is no text of a user or an assistant.' };
    length += message.text.length;
    if (length > LONGEST_PROMPT) return { unfit: `It is over ${LONGEST_PROMPT} characters long.` };
    messages.push({ ...message, text: cleanText(message.text) });
  }
  if (messages.at(-1)?.role !== 'user')
    return { unfit: 'It does not end with a message of a user.' };
  const most = Number.isFinite(maxTokens)
    ? Math.max(1, Math.floor(maxTokens as number))
    : undefined;
  const stops = stopsOf(params.stopSequences);
  if (!stops) return { unfit: 'Its stop sequences are too many, too long, or no texts.' };
  return {
    instructions: cleanText(instructions),
    messages,
    ...(most !== undefined && { maxTokens: most }),
    stopSequences: stops,
  };
}

/** Its content is one part or, from 2025-11-25 on, a list of them. */
function messageOf(given: unknown): SamplingMessage | undefined {
  const { role, content } = isObject(given) ? given : {};
  if (role !== 'user' && role !== 'assistant') return undefined;
  const parts: unknown[] = Array.isArray(content) ? content : [content];
  const texts: string[] = [];
  for (const part of parts) {
    const { type, text } = isObject(part) ? part : {};
    if (type !== 'text' || typeof text !== 'string') return undefined;
    texts.push(text);
  }
  return texts.length === 0 ? undefined : { role, text: texts.join('\n\n') };
}

function stopsOf(given: unknown): string[] | undefined {
  if (given === undefined || given === null) return [];
  if (!Array.isArray(given) || given.length > MAX_STOPS) return undefined;
  const stops: string[] = [];
  for (const stop of given as unknown[]) {
    if (typeof stop !== 'string' || stop.length > LONGEST_STOP) return undefined;
    if (stop !== '') stops.push(stop);
  }
  return stops;
}
