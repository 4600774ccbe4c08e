import { CurrentUser, type Principal } from '@app/auth';
import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Body, Controller, Delete, Get, Inject, Param, Patch, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ConversationParams, PageQuery, RenameConversationDto } from './conversation.dto.js';
import { ConversationService } from './conversation.service.js';
import { ConversationPageView, ConversationView, HistoryView } from './conversation.view.js';
import { pageOf } from './page.js';

const theConversation = ({ params }: AuditedCall) => ({
  type: 'conversation',
  id: params.conversationId ?? '',
});

@ApiTags('chat')
@ApiBearerAuth()
@Controller('api/chat')
export class ConversationController {
  constructor(@Inject(ConversationService) private readonly conversations: ConversationService) {}

  @ApiOperation({ summary: 'The own conversations' })
  @ApiEnvelope(200, ConversationPageView)
  @Get('conversations')
  list(@CurrentUser() user: Principal, @Query() query: PageQuery): Promise<ConversationPageView> {
    return this.conversations.list(user.userId, pageOf(query));
  }

  @ApiOperation({ summary: 'The messages of a conversation' })
  @ApiEnvelope(200, HistoryView)
  @Get('history/:conversationId')
  history(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
    @Query() query: PageQuery,
  ): Promise<HistoryView> {
    return this.conversations.history(user.userId, conversationId, pageOf(query));
  }

  @Audit({ action: 'conversation.renamed', object: theConversation })
  @ApiOperation({ summary: 'Rename a conversation' })
  @ApiEnvelope(200, ConversationView)
  @Patch('conversations/:conversationId')
  rename(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
    @Body() { title }: RenameConversationDto,
  ): Promise<ConversationView> {
    return this.conversations.rename(user.userId, conversationId, title);
  }

  @Audit({ action: 'conversation.deleted', object: theConversation })
  @ApiOperation({ summary: 'Delete a conversation with its messages' })
  @ApiEnvelope(200)
  @Delete('conversations/:conversationId')
  delete(
    @CurrentUser() user: Principal,
    @Param() { conversationId }: ConversationParams,
  ): Promise<void> {
    return this.conversations.delete(user.userId, conversationId);
  }
}
