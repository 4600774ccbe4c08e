import { RequiresStepUp, Roles } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { UsageReportQuery } from './usage-report.dto.js';
import { UsageReportService } from './usage-report.service.js';
import { UsageReportView } from './usage-report.view.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/usage')
export class UsageReportController {
  constructor(private readonly reports: UsageReportService) {}

  @Audit({ action: 'usage.read' })
  @ApiOperation({
    operationId: 'reportUsage',
    summary: 'Report the tokens and costs of language models, by day, assistant, account or model',
  })
  @ApiEnvelope(200, UsageReportView)
  @Get()
  read(@Query() { limit, by = 'day', ...query }: UsageReportQuery): Promise<UsageReportView> {
    const { userId: accountId, ...filter } = query;
    return this.reports.report({ ...filter, accountId, by, limit: Number(limit ?? 50) });
  }
}
