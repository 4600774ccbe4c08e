import { RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, Param, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { millisecondsOf } from '../changes/milliseconds.js';
import { LogLevelChangeService } from './log-level-change.service.js';
import { ChangeLogLevelDto, LogLevelParams } from './log-level.dto.js';
import type { LogLevelErrorCode } from './log-level.error.js';
import { LogLevelsJob } from './log-levels.job.js';
import { LogLevelView } from './log-level.view.js';

const theModule = ({ params }: AuditedCall) =>
  AuditObject.ofName('log_module', params.module, /^[A-Za-z]{1,20}$/);

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/log-levels')
export class LogLevelController {
  constructor(
    private readonly changes: LogLevelChangeService,
    private readonly job: LogLevelsJob,
  ) {}

  @Audit({ action: 'log_levels.listed' })
  @ApiOperation({ operationId: 'listLogLevels', summary: 'List the log level of each module' })
  @ApiEnvelopeOfList(200, LogLevelView)
  @Get()
  list(): Promise<LogLevelView[]> {
    return this.changes.list();
  }

  @Audit({ action: 'log_level.changed', object: theModule })
  @ApiOperation({
    operationId: 'changeLogLevel',
    summary: 'Change the log level of a module for a time, on all instances within a second',
  })
  @ApiEnvelope(200, LogLevelView)
  @Put(':module')
  async change(
    @Param() { module }: LogLevelParams,
    @Body() { level, reason, seconds }: ChangeLogLevelDto,
  ): Promise<LogLevelView> {
    const wanted = { level, reason, durationMs: millisecondsOf(seconds) };
    const view = await this.changes.change(module, wanted);
    this.job.request();
    return view;
  }

  @Audit({ action: 'log_level.reset', object: theModule })
  @ApiOperation({
    operationId: 'resetLogLevel',
    summary: 'Reset a module to its configured log level',
  })
  @ApiEnvelope(200, LogLevelView)
  @ApiErrors<LogLevelErrorCode>('log_level_not_changed')
  @Delete(':module')
  async reset(@Param() { module }: LogLevelParams): Promise<LogLevelView> {
    const view = await this.changes.reset(module);
    this.job.request();
    return view;
  }
}
