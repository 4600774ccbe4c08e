import type { McpAnswer } from '@app/mcp';
import type { ApprovalRequest, Decisions } from '../approvals/approval-request.js';
import type { InputAnswers, InputRequest } from '../inputs/input-request.js';
import type { Profile } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';

/** A message on its way to an assistant. */
export interface Turn {
  readonly runId: string;
  readonly conversationId: string;
  readonly accountId: string;
  readonly profile: Profile;
  readonly message: string;
  /** Ends the run: a `TimeoutError` at the profile's time limit, anything else as a cancellation. */
  readonly signal: AbortSignal;
  readonly held: HeldQuestions;
  readonly sampled: SampledCount;
}

/** How often servers have turned to the language model for the message. */
export interface SampledCount {
  count: number;
}

/** Asks the person while a call is open, which waits for the answer. */
export interface HeldQuestions {
  /**
   * `cancel` where no more calls may be held.
   *
   * @param done aborted when the server tells that it is done: as if the person had accepted
   * @throws ChatError `input_expired` @throws the reason of the signal
   */
  ask(request: InputRequest, signal: AbortSignal, done?: AbortSignal): Promise<McpAnswer>;
}

/** What the app can tell from an answer, and the person may do something about. */
export const ANSWER_FAILURES = [
  'command_refused',
  'tool_failed',
  'answer_incomplete',
  'answer_refused',
] as const;

/**
 * - `command_refused`: nothing was asked of a tool, for there is no such command, or it cannot be read.
 * - `tool_failed`: the tool was asked, and says that it failed.
 * - `answer_incomplete`: the answer ends at a bound, and says so.
 * - `answer_refused`: the language model declines.
 */
export type AnswerFailure = (typeof ANSWER_FAILURES)[number];

/** How an answer has ended. Its text is what was written. */
export interface AnswerEnd {
  /** For a text that tells of a failure; absent for a success. */
  readonly failure?: AnswerFailure;
  /** For an answer that goes on when the person has decided: it is not complete yet. */
  readonly suspension?: Suspension;
  /** For one that cannot go on before the person has connected a server. */
  readonly missing?: MissingConnection;
}

/** A connection that a call has found missing in the middle of an answer. The call was not executed. */
export interface MissingConnection {
  readonly connectionId: string;
  /** What the engine wrote down for itself, as in a suspension. With `isNotConnected` it goes on without the call. */
  readonly state: object;
}

export const ENGINE_NAMES = ['direct', 'model'] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** What an engine needs to go on, in any process. It is stored while the person decides, and nothing is held. */
export interface Suspension {
  readonly engine: EngineName;
  /** What the engine wrote down for itself. It is stored as JSON. */
  readonly state: object;
  readonly approvals: readonly ApprovalRequest[];
  /** Either these or approvals. */
  readonly inputs: readonly InputRequest[];
}

/** All that the person has decided in a run. */
export interface PersonWords {
  readonly decisions: Decisions;
  readonly answers: InputAnswers;
}

/** What answers the messages of a profile. */
export interface Engine {
  /** Whether it has a language model answer. */
  readonly asksModel: boolean;

  /** Whether the parts of an answer are worth following while it is made. They are then kept however it is asked for. */
  answersInParts(profile: Profile): boolean;

  /** How long an answer may take. */
  seconds(profile: Profile): number;

  /**
   * Answers by what it writes, and resolves when the answer is complete.
   *
   * @throws ChatError if it cannot be completed; what has been written is kept, and marked as unfinished
   */
  answer(turn: Turn, writer: AnswerWriter): Promise<AnswerEnd>;

  /**
   * Goes on with an answer when the person has decided on all that it waits for.
   *
   * @param state what the engine wrote down for itself, as it comes from JSON
   * @param words all of the run, earlier ones included
   * @throws ChatError also `approval_mismatch`: what was approved is not what would be done, and nothing is
   */
  resume(turn: Turn, writer: AnswerWriter, state: unknown, words: PersonWords): Promise<AnswerEnd>;
}
