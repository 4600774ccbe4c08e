import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall, type CallAudit, CurrentAudit } from '@app/logging';
import {
  ApiErrors,
  CurrentLimits,
  LimitedBy,
  type OwnAnswer,
  type StreamErrorCode,
  ToldLimits,
} from '@app/security';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { GivenIdempotencyKey } from '../idempotency/idempotency-key.decorator.js';
import { conversationObject } from '../ownership/conversation-object.js';
import { type AnswerForm, WantedForm } from './answer-form.decorator.js';
import { ApiAnswerForms } from './api-forms.decorator.js';
import { ChatDto } from './chat.dto.js';
import { ChatService } from './chat.service.js';
import { ChatView } from './chat.view.js';

const itsConversation = ({ body, result }: AuditedCall) =>
  conversationObject(
    (result as ChatView | undefined)?.conversationId ??
      (body as Partial<ChatDto> | null | undefined)?.conversation_id,
  );

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat')
export class ChatController {
  constructor(private readonly chats: ChatService) {}

  @LimitedBy('chat')
  @Audit({ action: 'message.sent', object: itsConversation })
  @ApiOperation({
    operationId: 'sendMessage',
    summary: 'Send a message and get its answer',
    description:
      'The whole answer as JSON; with `Accept: text/event-stream` its parts as they come; with ' +
      '`Prefer: respond-async` only where to find it.',
  })
  @ApiHeader({
    name: 'Prefer',
    description: '`respond-async`: answer at once, with 202.',
    schema: { type: 'string', maxLength: 200 },
  })
  @ApiHeader({
    name: 'Idempotency-Key',
    description:
      'Marks the message and its repetitions: whatever comes with the same key within a day begins no second run, and ' +
      'is answered by the first one.',
    schema: { type: 'string', minLength: 1, maxLength: 255 },
  })
  @ApiAnswerForms()
  @ApiErrors<ChatErrorCode | StreamErrorCode>(
    'profile_not_found',
    'conversation_not_found',
    'profile_mismatch',
    'quota_exceeded',
    'assistant_unavailable',
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
    'shutting_down',
  )
  @HttpCode(200)
  @Post()
  chat(
    @CurrentUser() user: Principal,
    @Body() message: ChatDto,
    @WantedForm() form: AnswerForm,
    @GivenIdempotencyKey() key: string | undefined,
    @CurrentLimits() limits: ToldLimits,
    @CurrentAudit() audit: CallAudit,
  ): Promise<ChatView | OwnAnswer> {
    return this.chats.send(user, message, { form, key, limits }, audit);
  }
}
