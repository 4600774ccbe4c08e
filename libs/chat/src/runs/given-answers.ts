import type { CallAudit } from '@app/logging';
import { AcceptedAnswer } from '@app/security';
import type { ChatView, RunView } from './chat.view.js';
import type { BegunRun, NewMessage } from './run-store.js';
import type { Answer } from './run.service.js';

/** An answer that is not there yet: where to find it. */
export function accepted(run: RunView, headers: Record<string, string> = {}): AcceptedAnswer {
  return new AcceptedAnswer(run, { ...headers, Location: `/api/chat/runs/${run.runId}` });
}

/** The same, as the client has wanted it. */
export function preferred(run: RunView): AcceptedAnswer {
  return accepted(run, { 'Preference-Applied': 'respond-async' });
}

export function toChatView(
  { publicConversationId: conversationId }: BegunRun,
  { profile }: NewMessage,
  { text, cards, failure }: Answer,
  elapsedMs: number,
): ChatView {
  return {
    response: text,
    ...(cards.length > 0 ? { cards: [...cards] } : {}),
    ...(failure ? { isError: true, errorCode: failure } : {}),
    metadata: {
      profileId: profile.id,
      timestamp: new Date().toISOString(),
      processingTime: Math.round(elapsedMs),
    },
    conversationId,
  };
}

/** The call has its answer before the run has: so the run records it. */
export function leave(answer: Promise<unknown>, audit: CallAudit): void {
  audit.markWritten();
  answer.catch(() => undefined);
}
