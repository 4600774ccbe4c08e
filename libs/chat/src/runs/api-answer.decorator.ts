import { ApiErrors, type StreamErrorCode } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiHeader } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { ApiAnswerForms } from './api-forms.decorator.js';

/** Documents a call that has a message answered. */
export const ApiAnswer = () =>
  applyDecorators(
    ApiHeader({
      name: 'Prefer',
      description: '`respond-async`: answer at once, with 202.',
      schema: { type: 'string', maxLength: 200 },
    }),
    ApiHeader({
      name: 'Idempotency-Key',
      description:
        'Identifies the message and its retries: a request with the same key within a day starts no second run, and gets ' +
        'the answer of the first one.',
      schema: { type: 'string', minLength: 1, maxLength: 255 },
    }),
    ApiAnswerForms(),
    ApiErrors<ChatErrorCode | StreamErrorCode>(
      'profile_not_found',
      'conversation_not_found',
      'message_not_found',
      'profile_mismatch',
      'quota_exceeded',
      'assistant_unavailable',
      'assistant_busy',
      'assistant_timeout',
      'assistant_failed',
      'answer_too_large',
      'run_cancelled',
      'run_interrupted',
      'idempotency_mismatch',
      'conversation_busy',
      'too_many_runs',
      'limit_reached',
      'too_many_streams',
      'service_off',
      'assistant_off',
      'tool_off',
      'model_off',
      'access_blocked',
      'shutting_down',
    ),
  );
