import { CurrentUser, type Principal } from '@app/auth';
import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, LimitedBy } from '@app/security';
import { Body, Controller, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChatDto, RunParams } from './chat.dto.js';
import { ChatView, RunView } from './chat.view.js';
import { RunService } from './run.service.js';

const itsConversation = ({ body, result }: AuditedCall) => {
  const id =
    (result as ChatView | undefined)?.conversationId ??
    (body as Partial<ChatDto> | null | undefined)?.conversation_id;
  return id ? { type: 'conversation', id } : undefined;
};

@ApiTags('chat')
@ApiBearerAuth()
@Controller('api/chat')
export class ChatController {
  constructor(@Inject(RunService) private readonly runs: RunService) {}

  @LimitedBy('chat')
  @Audit({ action: 'message.sent', object: itsConversation })
  @ApiOperation({ summary: 'Send a message and get its answer' })
  @ApiEnvelope(200, ChatView)
  @HttpCode(200)
  @Post()
  chat(@CurrentUser() user: Principal, @Body() input: ChatDto): Promise<ChatView> {
    return this.runs.chat(user.userId, input);
  }

  @ApiOperation({ summary: 'How a message fares' })
  @ApiEnvelope(200, RunView)
  @Get('runs/:runId')
  run(@CurrentUser() user: Principal, @Param() { runId }: RunParams): Promise<RunView> {
    return this.runs.get(user.userId, runId);
  }
}
