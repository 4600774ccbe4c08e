import { ProtocolError, ProtocolErrorCode } from '@modelcontextprotocol/client';
import { isObject } from '../json/json-text.js';
import { McpError } from '../mcp.error.js';
import type { McpContinuation, McpDialog, McpInputRequired } from './mcp-dialog.js';
import type { McpQuestion } from './mcp-question.js';
import { readQuestion } from './read-question.js';
import { readSampling } from './read-sampling.js';
import { toCreateMessageResult } from './sampling-request.js';

/** How often one call is made, and how much a server asks at once. */
const MAX_ROUNDS = 8;
const MAX_QUESTIONS = 8;

/** The longest id of a question. Characters. */
const LONGEST_ID = 200;

/** The longest that a server writes down for itself. Characters. */
const LONGEST_STATE = 65_536;

/** What became of a call that the server refused until the person has been elsewhere. */
const DECLINED = failed('You declined. Nothing was done.');

const FIRST: McpContinuation = { rounds: 0 };

/** What a call has come to. */
export type CallEnd = { readonly result: unknown } | McpInputRequired;

/** Members of the request beside those of the call. */
export type RetryMembers = Readonly<Record<string, unknown>>;

export interface CallRounds {
  readonly dialog: McpDialog;
  /** Makes the call once. */
  readonly send: (members: RetryMembers) => Promise<unknown>;
  /** Ends with the call. */
  readonly signal: AbortSignal;
  /** A question that is not shown to the person is declined. */
  readonly onUnfit: (reason: string) => void;
}

/**
 * Makes a call until it has a result, or the person has to be asked. What needs no person is answered here.
 *
 * @throws McpError `mcp_protocol_error` for a server that asks without end, or for what it was not offered
 */
export async function makeCall(rounds: CallRounds): Promise<CallEnd> {
  const { answered } = rounds.dialog;
  let last = answered?.continuation ?? FIRST;
  const answers = Object.values(answered?.answers ?? {});
  if (last.isRepetition && answers.some(({ action }) => action !== 'accept')) {
    return { result: DECLINED };
  }
  let members = answered && !last.isRepetition ? retryMembers(last, answered.answers) : {};
  for (;;) {
    const asked = await makeOnce(rounds, members, last.rounds + 1);
    if ('result' in asked || Object.keys(asked.questions).length > 0) return asked;
    last = asked.continuation;
    members = retryMembers(last, {});
  }
}

async function makeOnce(call: CallRounds, members: RetryMembers, rounds: number): Promise<CallEnd> {
  const { dialog, send } = call;
  if (rounds > MAX_ROUNDS) throw breach(`It asks more than ${MAX_ROUNDS} times in one call.`);
  try {
    const result = await send(members);
    if (!isObject(result) || result.resultType !== 'input_required') return { result };
    return await readRequests(result, rounds, call);
  } catch (error) {
    const asked = addressesOf(error, rounds, dialog);
    if (!asked) throw error;
    return asked;
  }
}

async function readRequests(
  { inputRequests, requestState }: Record<string, unknown>,
  rounds: number,
  { dialog, onUnfit, signal }: CallRounds,
): Promise<CallEnd> {
  const requests = Object.entries(isObject(inputRequests) ? inputRequests : {});
  if (requests.length > MAX_QUESTIONS)
    throw breach(`It asks over ${MAX_QUESTIONS} things at once.`);
  if (typeof requestState === 'string' && requestState.length > LONGEST_STATE) {
    throw breach(`Its state is over ${LONGEST_STATE} characters.`);
  }
  const questions = new Map<string, McpQuestion>();
  const responses = new Map<string, unknown>();
  for (const [id, request] of requests) {
    if (id.length > LONGEST_ID)
      throw breach(`The id of a question is over ${LONGEST_ID} characters.`);
    const { method, params } = isObject(request) ? request : {};
    if (method === 'roots/list') responses.set(id, { roots: [] });
    else if (method === 'elicitation/create') {
      const question = readQuestion(params, dialog);
      if ('unfit' in question) {
        onUnfit(question.unfit);
        responses.set(id, { action: 'decline' });
      } else questions.set(id, question);
    } else if (method === 'sampling/createMessage' && dialog.sample) {
      const sampled = await dialog.sample(readSampling(params), signal);
      // The protocol has no way to say no here: an answer would be taken for that of a model.
      if ('refusal' in sampled) return { result: failed(sampled.refusal) };
      responses.set(id, toCreateMessageResult(sampled));
    } else throw breach('It asks for what it was not offered.');
  }
  return {
    questions: Object.fromEntries(questions),
    continuation: {
      rounds,
      ...(typeof requestState === 'string' && { requestState }),
      ...(responses.size > 0 && { responses: Object.fromEntries(responses) }),
    },
  };
}

/** What the person is to do elsewhere before the call is made again; undefined for any other error. */
function addressesOf(
  error: unknown,
  rounds: number,
  dialog: McpDialog,
): McpInputRequired | undefined {
  const isAsked =
    error instanceof ProtocolError && error.code === ProtocolErrorCode.UrlElicitationRequired;
  if (!isAsked || !isObject(error.data) || !Array.isArray(error.data.elicitations))
    return undefined;
  const given: unknown[] = error.data.elicitations;
  if (given.length === 0 || given.length > MAX_QUESTIONS) return undefined;
  const questions = new Map<string, McpQuestion>();
  for (const [index, one] of given.entries()) {
    const question = readQuestion(isObject(one) ? { ...one, mode: 'url' } : one, dialog);
    if ('unfit' in question) return undefined;
    questions.set(`${index + 1}`, question);
  }
  return {
    questions: Object.fromEntries(questions),
    continuation: { rounds, isRepetition: true },
  };
}

function retryMembers(
  { requestState, responses }: McpContinuation,
  answers: Readonly<Record<string, unknown>>,
): RetryMembers {
  const inputResponses = { ...responses, ...answers };
  return {
    ...(Object.keys(inputResponses).length > 0 && { inputResponses }),
    ...(requestState !== undefined && { requestState }),
  };
}

function failed(text: string) {
  return { content: [{ type: 'text', text }], isError: true };
}

function breach(reason: string): McpError {
  return new McpError('mcp_protocol_error', undefined, { reason });
}
