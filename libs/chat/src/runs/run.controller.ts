import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors, type OwnAnswer, type StreamErrorCode } from '@app/security';
import { Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { ApiEventStream } from './api-forms.decorator.js';
import { RunParams } from './chat.dto.js';
import { ApprovalService } from './approval.service.js';
import { ChatService } from './chat.service.js';
import { RunView } from './chat.view.js';
import { LastEventId } from './last-event-id.decorator.js';
import { RunEventsQuery } from './run-events.dto.js';

const theRun = ({ params }: AuditedCall) => AuditObject.ofId('run', params.runId);

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat/runs/:runId')
export class RunController {
  constructor(
    private readonly chats: ChatService,
    private readonly approvals: ApprovalService,
  ) {}

  @ApiOperation({ operationId: 'getRun', summary: 'How a message fares' })
  @ApiEnvelope(200, RunView)
  @ApiErrors<ChatErrorCode>('run_not_found')
  @Get()
  run(@CurrentUser() user: Principal, @Param() { runId }: RunParams): Promise<RunView> {
    return this.approvals.get(user.userId, runId);
  }

  @ApiOperation({
    operationId: 'followRun',
    summary: 'The parts of an answer, from its beginning or behind the last one that was received',
  })
  @ApiHeader({
    name: 'Last-Event-ID',
    description: 'The id of the last event that was received.',
    schema: { type: 'string', maxLength: 64 },
  })
  @ApiEventStream()
  @ApiErrors<ChatErrorCode | StreamErrorCode>(
    'run_not_found',
    'invalid_event_id',
    'event_not_found',
    'events_expired',
    'too_many_streams',
    'shutting_down',
  )
  @Get('events')
  events(
    @CurrentUser() user: Principal,
    @Param() { runId }: RunParams,
    @Query() { after }: RunEventsQuery,
    @LastEventId() lastEventId: string | undefined,
  ): Promise<OwnAnswer> {
    return this.chats.follow(user, runId, lastEventId ?? after);
  }

  @Audit({ action: 'run.cancelled', object: theRun })
  @ApiOperation({ summary: 'Have the answer end; what there is of it is kept' })
  @ApiEnvelope(200, RunView)
  @ApiErrors<ChatErrorCode>('run_not_found', 'run_ended')
  @HttpCode(200)
  @Post('cancel')
  cancel(@CurrentUser() user: Principal, @Param() { runId }: RunParams): Promise<RunView> {
    return this.chats.cancel(user.userId, runId);
  }
}
