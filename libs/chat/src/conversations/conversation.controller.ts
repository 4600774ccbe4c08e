import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, Param, Patch, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { conversationObject } from '../ownership/conversation-object.js';
import {
  ChangeConversationDto,
  ConversationListQuery,
  ConversationParams,
  HistoryQuery,
} from './conversation.dto.js';
import { ConversationService } from './conversation.service.js';
import {
  ConversationDetailsView,
  ConversationPageView,
  ConversationView,
  HistoryView,
} from './conversation.view.js';
import { pageOf } from './page.js';

const theConversation = ({ params }: AuditedCall) => conversationObject(params.conversationId);

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat')
export class ConversationController {
  constructor(private readonly conversations: ConversationService) {}

  @ApiOperation({ summary: 'List your conversations' })
  @ApiEnvelope(200, ConversationPageView)
  @Get('conversations')
  list(
    @CurrentUser() user: Principal,
    @Query() query: ConversationListQuery,
  ): Promise<ConversationPageView> {
    const page = pageOf(query, 'conversation');
    return this.conversations.list(user.accountId, query.archived === 'true', page);
  }

  @ApiOperation({
    operationId: 'getConversation',
    summary: 'Get one conversation, with its token usage',
  })
  @ApiEnvelope(200, ConversationDetailsView)
  @ApiErrors<ChatErrorCode>('conversation_not_found')
  @Get('conversations/:conversationId')
  get(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
  ): Promise<ConversationDetailsView> {
    return this.conversations.get(user.accountId, conversationId);
  }

  @ApiOperation({ operationId: 'getHistory', summary: 'List the messages of a conversation' })
  @ApiEnvelope(200, HistoryView)
  @ApiErrors<ChatErrorCode>('conversation_not_found', 'message_not_found')
  @Get('history/:conversationId')
  history(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
    @Query() query: HistoryQuery,
  ): Promise<HistoryView> {
    return this.conversations.history(
      user.accountId,
      conversationId,
      pageOf(query, 'message'),
      query.leaf,
    );
  }

  @Audit({ action: 'conversation.changed', object: theConversation })
  @ApiOperation({
    operationId: 'renameConversation',
    summary: 'Rename, pin or archive a conversation',
  })
  @ApiEnvelope(200, ConversationView)
  @ApiErrors<ChatErrorCode>('conversation_not_found')
  @Patch('conversations/:conversationId')
  change(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
    @Body() change: ChangeConversationDto,
  ): Promise<ConversationView> {
    return this.conversations.change(user.accountId, conversationId, change);
  }

  @Audit({ action: 'conversation.deleted', object: theConversation })
  @ApiOperation({ summary: 'Delete a conversation with its messages' })
  @ApiEnvelope(200)
  @ApiErrors<ChatErrorCode>('conversation_not_found')
  @Delete('conversations/:conversationId')
  delete(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
  ): Promise<void> {
    return this.conversations.delete(user.accountId, conversationId);
  }
}
