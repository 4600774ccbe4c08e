import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors, type OwnAnswer, type StreamErrorCode } from '@app/security';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { type InputAction, InputDto } from '../inputs/input.dto.js';
import { ApiEventStream } from './api-forms.decorator.js';
import { RunParams } from './chat.dto.js';
import { ApprovalService } from './approval.service.js';
import { ChatService } from './chat.service.js';
import { RunView } from './chat.view.js';
import { LastEventId } from './last-event-id.decorator.js';
import { RunEventsQuery } from './run-events.dto.js';

const theRun = ({ params }: AuditedCall) => AuditObject.ofId('run', params.runId);

const ANSWER_ACTIONS: ReadonlyMap<unknown, string> = new Map<InputAction, string>([
  ['accept', 'input.accepted'],
  ['decline', 'input.declined'],
  ['cancel', 'input.dismissed'],
]);

const theAnswer = ({ body }: AuditedCall) => {
  const { action } = (body ?? {}) as Partial<InputDto>;
  return ANSWER_ACTIONS.get(action) ?? 'input.answered';
};

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat/runs/:runId')
export class RunController {
  constructor(
    private readonly chats: ChatService,
    private readonly approvals: ApprovalService,
  ) {}

  @ApiOperation({ operationId: 'getRun', summary: 'Get the state of a run' })
  @ApiEnvelope(200, RunView)
  @ApiErrors<ChatErrorCode>('run_not_found')
  @Get()
  run(@CurrentUser() user: Principal, @Param() { runId }: RunParams): Promise<RunView> {
    return this.approvals.get(user.accountId, runId);
  }

  @ApiOperation({
    operationId: 'followRun',
    summary: 'Stream the parts of an answer, from the beginning or after the last event received',
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

  @Audit({ action: theAnswer, object: theRun })
  @ApiOperation({
    operationId: 'answerInput',
    summary: 'Answer, decline or dismiss what a tool asks',
    description:
      'Each question can be answered once. The run continues when all are answered. Invalid values are refused with `details` for each field, and the run still waits.',
  })
  @ApiEnvelope(200, RunView)
  @ApiErrors<ChatErrorCode>(
    'run_not_found',
    'input_not_found',
    'input_decided',
    'input_expired',
    'run_ended',
  )
  @HttpCode(200)
  @Post('input')
  answer(
    @CurrentUser() user: Principal,
    @Param() { runId }: RunParams,
    @Body() answer: InputDto,
  ): Promise<RunView> {
    return this.approvals.answer(user.accountId, runId, answer);
  }

  @Audit({ action: 'run.cancelled', object: theRun })
  @ApiOperation({ summary: 'Cancel a run; the part of the answer so far is kept' })
  @ApiEnvelope(200, RunView)
  @ApiErrors<ChatErrorCode>('run_not_found', 'run_ended')
  @HttpCode(200)
  @Post('cancel')
  cancel(@CurrentUser() user: Principal, @Param() { runId }: RunParams): Promise<RunView> {
    return this.chats.cancel(user.accountId, runId);
  }
}
