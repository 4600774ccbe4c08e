import { DomainError } from '@app/security';

export type ChatErrorCode =
  | 'profile_not_found'
  | 'profile_mismatch'
  | 'conversation_not_found'
  | 'run_not_found'
  | 'assistant_unavailable'
  | 'assistant_timeout'
  | 'assistant_failed'
  | 'answer_too_large'
  | 'shutting_down';

export class ChatError extends DomainError<ChatErrorCode> {
  override readonly name = 'ChatError';

  /** The same for a conversation of somebody else and for one that never was. */
  static conversationNotFound(): ChatError {
    return new ChatError('conversation_not_found', 'There is no such conversation.');
  }

  static profileNotFound(): ChatError {
    return new ChatError('profile_not_found', 'There is no such assistant.');
  }
}
