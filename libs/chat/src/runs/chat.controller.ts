import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall, AuditObject, type CallAudit, CurrentAudit } from '@app/logging';
import { CurrentLimits, LimitedBy, type OwnAnswer, ToldLimits } from '@app/security';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { MessageParams } from '../conversations/feedback.dto.js';
import { GivenIdempotencyKey } from '../idempotency/idempotency-key.decorator.js';
import { conversationObject } from '../ownership/conversation-object.js';
import { type AnswerForm, WantedForm } from './answer-form.decorator.js';
import { ApiAnswer } from './api-answer.decorator.js';
import { ChatDto } from './chat.dto.js';
import { ChatService } from './chat.service.js';
import { ChatView } from './chat.view.js';

const itsConversation = ({ body, result }: AuditedCall) =>
  conversationObject(
    (result as ChatView | undefined)?.conversationId ??
      (body as Partial<ChatDto> | null | undefined)?.conversation_id,
  );

const theMessage = ({ params }: AuditedCall) => AuditObject.ofId('message', params.messageId);

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
      'The complete answer as JSON. With `Accept: text/event-stream` its parts are streamed. With ' +
      '`Prefer: respond-async` the response is the run, without waiting for the answer.',
  })
  @ApiAnswer()
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

  @LimitedBy('chat')
  @Audit({ action: 'answer.regenerated', object: theMessage })
  @ApiOperation({
    operationId: 'regenerateAnswer',
    summary: 'Get another answer to a message',
    description:
      'Sends the message again, as another branch of its conversation. The id is that of the message or of its answer.',
  })
  @ApiAnswer()
  @HttpCode(200)
  @Post('messages/:messageId/regenerate')
  regenerate(
    @CurrentUser() user: Principal,
    @Param() { messageId }: MessageParams,
    @WantedForm() form: AnswerForm,
    @GivenIdempotencyKey() key: string | undefined,
    @CurrentLimits() limits: ToldLimits,
    @CurrentAudit() audit: CallAudit,
  ): Promise<ChatView | OwnAnswer> {
    return this.chats.regenerate(user, messageId, { form, key, limits }, audit);
  }
}
