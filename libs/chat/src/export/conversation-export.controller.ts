import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall } from '@app/logging';
import { ApiErrors, BareResponse } from '@app/security';
import { Controller, Get, Param, Query, type StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { ConversationParams } from '../conversations/conversation.dto.js';
import { conversationObject } from '../ownership/conversation-object.js';
import { ApiConversationFile } from './api-conversation-file.decorator.js';
import { ConversationExportQuery } from './conversation-export.dto.js';
import { ConversationExportService } from './conversation-export.service.js';

const theConversation = ({ params }: AuditedCall) => conversationObject(params.conversationId);

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat/conversations/:conversationId/export')
export class ConversationExportController {
  constructor(private readonly exports: ConversationExportService) {}

  @Audit({ action: 'conversation.exported', object: theConversation })
  @BareResponse()
  @ApiOperation({
    operationId: 'exportConversation',
    summary: 'Export a conversation as a file, in Markdown or JSON',
  })
  @ApiConversationFile()
  @ApiErrors<ChatErrorCode>('conversation_not_found')
  @Get()
  export(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
    @Query() { format }: ConversationExportQuery,
  ): Promise<StreamableFile> {
    return this.exports.export(user.accountId, conversationId, format ?? 'markdown');
  }
}
