import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApprovalParams, DecisionDto } from '../approvals/approval.dto.js';
import type { ChatErrorCode } from '../chat.error.js';
import { ApprovalService } from './approval.service.js';
import { RunView } from './chat.view.js';

const theRun = ({ params }: AuditedCall) => AuditObject.ofId('run', params.runId);

const theDecision = ({ body }: AuditedCall) => {
  const { approve } = (body ?? {}) as Partial<DecisionDto>;
  if (typeof approve !== 'boolean') return 'approval.decided';
  return approve ? 'approval.granted' : 'approval.refused';
};

@ApiTags('Chat')
@ApiBearerAuth()
@Controller('api/chat/runs/:runId/approvals')
export class ApprovalController {
  constructor(private readonly approvals: ApprovalService) {}

  @Audit({ action: theDecision, object: theRun })
  @ApiOperation({
    operationId: 'decideApproval',
    summary: 'Approve or refuse a tool call',
    description:
      'The run continues when all its pending calls are decided. The same decision may be sent again.',
  })
  @ApiEnvelope(200, RunView)
  @ApiErrors<ChatErrorCode>(
    'run_not_found',
    'approval_not_found',
    'approval_decided',
    'approval_expired',
    'run_ended',
  )
  @HttpCode(200)
  @Post(':callId')
  decide(
    @CurrentUser() user: Principal,
    @Param() { runId, callId }: ApprovalParams,
    @Body() { approve }: DecisionDto,
  ): Promise<RunView> {
    return this.approvals.decide(user.accountId, runId, callId, approve);
  }
}
