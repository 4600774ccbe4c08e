import { DomainError } from '@app/security';
import type { AllowanceName, FullQuota, QuotaName, ReachedLimit } from './quota.js';

const WORDS: Readonly<Record<QuotaName, string>> = {
  conversations: 'You have as many conversations as can be kept. Delete some first.',
  messages: 'You have as many messages as can be kept. Delete some conversations first.',
  historyBytes: 'Your conversations are as long as can be kept. Delete some first.',
  cardBytes: 'Your conversations have as many files as can be kept. Delete some first.',
  fileBytes: 'The assistant keeps as much for you as it can. Have it delete something first.',
};

const LIMIT_WORDS: Readonly<Record<AllowanceName, string>> = {
  messagesPerMinute: 'You write faster than the assistant may answer. Wait for a moment.',
  tokensPerDay:
    'You have used up what the assistant may do for you today. It goes on after midnight, UTC. Commands work until then.',
  costPerDay:
    'You have used up what the assistant may cost for you today. It goes on after midnight, UTC. Commands work until then.',
};

export type ChatErrorCode =
  | 'profile_not_found'
  | 'profile_mismatch'
  | 'conversation_not_found'
  | 'run_not_found'
  | 'message_not_found'
  | 'file_not_found'
  | 'assistant_unavailable'
  | 'assistant_busy'
  | 'assistant_timeout'
  | 'assistant_failed'
  | 'answer_too_large'
  | 'connection_required'
  | 'quota_exceeded'
  | 'run_cancelled'
  | 'run_interrupted'
  | 'idempotency_mismatch'
  | 'run_ended'
  | 'conversation_busy'
  | 'limit_reached'
  | 'too_many_runs'
  | 'approval_not_found'
  | 'approval_decided'
  | 'approval_expired'
  | 'approval_mismatch'
  | 'input_not_found'
  | 'input_decided'
  | 'input_expired'
  | 'input_lost'
  | 'invalid_event_id'
  | 'event_not_found'
  | 'events_expired'
  | 'service_off'
  | 'assistant_off'
  | 'tool_off'
  | 'model_off'
  | 'access_blocked'
  | 'shutting_down';

/** What the person is told of an answer that could not be completed: nothing of what is behind the assistant. */
const FAILURE_WORDS: Readonly<Record<string, string>> = {
  assistant_unavailable: 'The assistant cannot be reached now. Try again later.',
  assistant_busy: 'Many people use the assistant now. Try again in a moment.',
  assistant_timeout: 'The assistant took too long to answer. Try again.',
  assistant_failed: 'The assistant gave an answer that makes no sense.',
  answer_too_large: 'The answer is too large. Ask for less at once.',
  connection_required:
    'The assistant needs your account at another service. Connect it, then send the message again.',
  quota_exceeded: 'You have used up what may be kept. Delete something first.',
  run_interrupted: 'The answer was interrupted. Send the message again.',
  run_cancelled: 'The answer was cancelled.',
  approval_expired: 'This was not approved in time, and has not been done.',
  input_expired: 'This was not answered in time. What was asked for has not been finished.',
  input_lost:
    'The assistant was interrupted while it waited for your answer, which is lost. What it had begun may have been done.',
  service_off: 'The service takes no messages now. Try again later.',
  assistant_off: 'The assistant has been switched off. Try again later.',
  tool_off: 'What the assistant needs for this has been switched off. Try again later.',
  model_off: 'The language model has been switched off. Commands work, as /help.',
  access_blocked: 'Your access has been blocked. Ask the operator of this service.',
  approval_mismatch: 'What you were shown is not what would be done now. It has not been done.',
};

export function failureWordsOf(code: string | undefined): string {
  return FAILURE_WORDS[code ?? ''] ?? 'The answer could not be completed. Try again later.';
}

/** Time after which another process accepts messages. Seconds. */
const RETRY_AFTER_RESTART = 5;

/** When to ask again for what an operator has switched off: only they know when it will be on. Seconds. */
const RETRY_AFTER_SWITCH = 60;

/** When to ask again for what another answer has to end for. Seconds. */
const RETRY_AFTER_ANSWER = 5;

export class ChatError extends DomainError<ChatErrorCode> {
  override readonly name = 'ChatError';

  /** The same for a conversation of another account and for one that never existed. */
  static conversationNotFound(): ChatError {
    return new ChatError('conversation_not_found', 'There is no such conversation.');
  }

  /** The same for a message of another account and for one that never existed. */
  static messageNotFound(): ChatError {
    return new ChatError('message_not_found', 'There is no such message.');
  }

  /** The same for a file of another account and for one that never existed. */
  static fileNotFound(): ChatError {
    return new ChatError('file_not_found', 'There is no such file.');
  }

  /** `extra.quota` tells which one, and how much of it is used. */
  static quotaExceeded(quota: FullQuota): ChatError {
    return new ChatError('quota_exceeded', WORDS[quota.name], { quota });
  }

  static shuttingDown(): ChatError {
    const message = 'The service is restarting. Try again.';
    return new ChatError('shutting_down', message, { retryAfter: RETRY_AFTER_RESTART });
  }

  /** `extra.runId` tells which run goes on; absent if it has just ended, and other messages wait before this one. */
  static conversationBusy(runId: string | undefined): ChatError {
    const message =
      'The last message of this conversation is still being answered. Wait for the answer, or cancel it.';
    return new ChatError('conversation_busy', message, {
      ...(runId === undefined ? {} : { runId }),
      retryAfter: RETRY_AFTER_ANSWER,
    });
  }

  /** `extra.limit` tells which one. */
  static limitReached(limit: ReachedLimit): ChatError {
    const retryAfter = Math.max(1, Math.ceil((limit.resetsAt.getTime() - Date.now()) / 1000));
    return new ChatError('limit_reached', LIMIT_WORDS[limit.name], { limit, retryAfter });
  }

  /**
   * `extra.runIds` tells which of them wait for the person, who would have to find them in all of their conversations.
   *
   * @param limit how many may go on at the same time
   */
  static tooManyRuns(limit: number, runIds: readonly string[]): ChatError {
    const message =
      runIds.length < limit
        ? 'The assistant is still answering your other messages. Wait for an answer.'
        : 'The assistant is waiting for you in your other conversations. Answer or cancel there first.';
    return new ChatError('too_many_runs', message, {
      limit,
      runIds,
      retryAfter: RETRY_AFTER_ANSWER,
    });
  }

  /** @param retryAfter when there may be room. Seconds. */
  static assistantBusy(retryAfter = RETRY_AFTER_ANSWER): ChatError {
    return new ChatError('assistant_busy', failureWordsOf('assistant_busy'), { retryAfter });
  }

  static answerTooLarge(): ChatError {
    return ChatError.failed('answer_too_large');
  }

  /** `extra.connectionId` tells which one. */
  static connectionRequired(connectionId: string | undefined): ChatError {
    const code = 'connection_required';
    return new ChatError(code, failureWordsOf(code), connectionId ? { connectionId } : {});
  }

  static switchedOff(code: ChatErrorCode): ChatError {
    const words = failureWordsOf(code);
    // An app that asks again would be refused for as long as the person is.
    return code === 'access_blocked'
      ? new ChatError(code, words)
      : new ChatError(code, words, { retryAfter: RETRY_AFTER_SWITCH });
  }

  /** An answer that could not be completed. */
  static failed(code: ChatErrorCode): ChatError {
    return new ChatError(code, failureWordsOf(code));
  }

  /** The same for garbage and for an id of another run. */
  static invalidEventId(): ChatError {
    return new ChatError('invalid_event_id', 'This is no id of an event of this run.');
  }

  static idempotencyMismatch(): ChatError {
    const message = 'Another message has been sent with this Idempotency-Key.';
    return new ChatError('idempotency_mismatch', message);
  }

  static runEnded(): ChatError {
    return new ChatError('run_ended', 'This run has ended.');
  }

  static profileNotFound(): ChatError {
    return new ChatError('profile_not_found', 'There is no such assistant.');
  }
}
