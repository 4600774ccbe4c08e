import type { McpAnswer, McpQuestion } from './mcp-question.js';
import type { McpProgress } from './read-progress.js';
import type { QuestionRules } from './read-question.js';
import type { Sample } from './sampling-request.js';

/** A call that the server goes on with when the person has answered. Nothing of it is held: it is made again, on any connection. */
export interface McpInputRequired {
  /** By the ids that the server, or this side, gave them. */
  readonly questions: Readonly<Record<string, McpQuestion>>;
  /** For the next call, as it is. It can be stored as JSON. */
  readonly continuation: McpContinuation;
}

export interface McpContinuation {
  /** How often the call has been made. */
  readonly rounds: number;
  /** What the server wrote down for itself. */
  readonly requestState?: string;
  /** What has been answered without the person. */
  readonly responses?: Readonly<Record<string, unknown>>;
  /** The server did nothing yet and wants the same call again (-32042). */
  readonly isRepetition?: true;
}

/** What a server may ask or say during one call. */
export interface McpDialog extends QuestionRules {
  /** A call that has been asked about, and what the person answered, by the ids of the questions. */
  readonly answered?: {
    readonly continuation: McpContinuation;
    readonly answers: Readonly<Record<string, McpAnswer>>;
  };
  /**
   * Asks the person while the call is open. Without it, such questions are declined.
   *
   * @param done aborted when the server tells that what an address was for has been done there: as if accepted
   */
  readonly ask?: (
    question: McpQuestion,
    signal: AbortSignal,
    done?: AbortSignal,
  ) => Promise<McpAnswer>;
  /** Has a language model answer the server. Without it, such requests are refused. */
  readonly sample?: Sample | undefined;
  /** Told how far the call is, as often as the server says. */
  readonly onProgress?: (progress: McpProgress) => void;
}
