import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Body, Controller, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { FeedbackDto, MessageParams } from './feedback.dto.js';
import { FeedbackService } from './feedback.service.js';

const theMessage = ({ params }: AuditedCall) => AuditObject.ofId('message', params.messageId);

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat/messages/:messageId/feedback')
export class FeedbackController {
  constructor(private readonly feedback: FeedbackService) {}

  @Audit({ action: 'feedback.given', object: theMessage })
  @ApiOperation({ operationId: 'giveFeedback', summary: 'Rate an answer' })
  @ApiEnvelope(200)
  @ApiErrors<ChatErrorCode>('message_not_found')
  @Put()
  give(
    @CurrentUser() user: Principal,
    @Param() { messageId }: MessageParams,
    @Body() given: FeedbackDto,
  ): Promise<void> {
    return this.feedback.give(user.accountId, messageId, given);
  }
}
