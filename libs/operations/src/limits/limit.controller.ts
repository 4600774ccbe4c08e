import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import type { AuthErrorCode } from '@app/auth';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { millisecondsOf } from '../changes/milliseconds.js';
import { LimitChangeService } from './limit-change.service.js';
import { LimitChangesJob } from './limit-changes.job.js';
import { ChangeLimitDto, LimitParams } from './limit.dto.js';
import type { LimitErrorCode } from './limit.error.js';
import { LimitView } from './limit.view.js';

const theLimit = ({ params }: AuditedCall) =>
  AuditObject.ofName('limit', params.limit, /^[a-z]{1,20}$/);

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/limits')
export class LimitController {
  constructor(
    private readonly limits: LimitChangeService,
    private readonly job: LimitChangesJob,
  ) {}

  @Audit({ action: 'limits.listed' })
  @ApiOperation({ operationId: 'listLimits', summary: 'List the rate limits in force' })
  @ApiEnvelopeOfList(200, LimitView)
  @Get()
  list(): Promise<LimitView[]> {
    return this.limits.list();
  }

  @Audit({ action: 'limit.changed', object: theLimit })
  @ApiOperation({
    operationId: 'changeLimit',
    summary: 'Change a rate limit, on all instances within a second',
  })
  @ApiEnvelope(200, LimitView)
  @ApiErrors<LimitErrorCode | AuthErrorCode>('limit_out_of_bounds', 'confirmation_required')
  @Put(':limit')
  async change(
    @CurrentUser() admin: Principal,
    @Param() { limit }: LimitParams,
    @Body() { hits, reason, seconds }: ChangeLimitDto,
  ): Promise<LimitView> {
    const wanted = { hits, reason, durationMs: millisecondsOf(seconds) };
    const view = await this.limits.change(admin, limit, wanted);
    this.job.request();
    return view;
  }

  @Audit({ action: 'limit.reset', object: theLimit })
  @ApiOperation({
    operationId: 'resetLimit',
    summary: 'Reset a rate limit to its configured value',
  })
  @ApiEnvelope(200, LimitView)
  @ApiErrors<LimitErrorCode>('limit_not_changed')
  @Delete(':limit')
  async reset(@Param() { limit }: LimitParams): Promise<LimitView> {
    const view = await this.limits.reset(limit);
    this.job.request();
    return view;
  }
}
