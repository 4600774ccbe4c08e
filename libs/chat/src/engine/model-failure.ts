import { ModelError, type ModelErrorCode } from '@app/models';
import { ChatError } from '../chat.error.js';

/** What the person is told when no model answers: nothing of models and providers. */
const FAILURES: Readonly<Record<ModelErrorCode, (error: ModelError) => ChatError>> = {
  model_unavailable: unavailable,
  model_busy: unavailable,
  model_refused: unavailable,
  model_timeout: () =>
    new ChatError('assistant_timeout', 'The assistant took too long to answer. Try again.'),
  model_broken: () =>
    new ChatError('assistant_failed', 'The answer of the assistant broke off. Try again.'),
  model_off: () => ChatError.switchedOff('model_off'),
  model_too_large: () => ChatError.answerTooLarge(),
  model_cancelled: () => ChatError.shuttingDown(),
};

/** Longest time after which a person is told to come back. Seconds. */
const LONGEST_RETRY_AFTER_SECONDS = 3_600;

/** Anything but a failure of a model is returned as it came. `signal` tells whether the time of the run is over. */
export function modelFailure(error: unknown, signal: AbortSignal): unknown {
  if (!(error instanceof ModelError)) return error;
  const { name } = Object(signal.reason) as { name?: unknown };
  const isLate = signal.aborted && name === 'TimeoutError';
  return FAILURES[isLate ? 'model_timeout' : error.code](error);
}

function unavailable({ details: { retryAfterMs } }: ModelError): ChatError {
  const message = 'The assistant cannot be reached now. Try again later.';
  if (retryAfterMs === undefined) return new ChatError('assistant_unavailable', message);
  const retryAfter = Math.min(Math.ceil(retryAfterMs / 1_000), LONGEST_RETRY_AFTER_SECONDS);
  return new ChatError('assistant_unavailable', message, { retryAfter });
}
