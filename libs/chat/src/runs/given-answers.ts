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
  { text, failure }: Answer,
  elapsedMs: number,
): ChatView {
  return {
    response: text,
    ...(failure ? { isError: true, errorCode: failure } : {}),
    metadata: {
      profileId: profile.id,
      timestamp: new Date().toISOString(),
      processingTime: Math.round(elapsedMs),
    },
    conversationId,
  };
}
