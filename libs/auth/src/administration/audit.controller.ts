import { RequiresStepUp, Roles } from '@app/access';
import { Audit, AuditExportService, type AuditFilter, AuditTrail } from '@app/logging';
import { ApiEnvelope, BareResponse, LimitedBy } from '@app/security';
import { Controller, Get, Query, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Readable } from 'node:stream';
import { AuditExportQuery, AuditQuery } from './administration.dto.js';
import { ApiAuditFile } from './api-audit-file.decorator.js';
import { AuditPageView } from './user.view.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['auditor', 'admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/audit')
export class AuditController {
  constructor(
    private readonly trail: AuditTrail,
    private readonly exports: AuditExportService,
  ) {}

  @Audit({ action: 'audit.read' })
  @ApiOperation({ operationId: 'listAuditRecords', summary: 'Search the audit trail' })
  @ApiEnvelope(200, AuditPageView)
  @Get()
  read(@Query() query: AuditQuery): Promise<AuditPageView> {
    return this.trail.read(toFilter(query));
  }

  @LimitedBy('export')
  @Audit({ action: 'audit.exported' })
  @BareResponse()
  @ApiOperation({
    operationId: 'exportAuditRecords',
    summary: 'Export the audit trail as a file, one record per line, the oldest first',
  })
  @ApiAuditFile()
  @Get('export')
  export(@Query() { format, ...range }: AuditExportQuery): StreamableFile {
    const lines = this.exports.lines(format ?? 'jsonl', toRange(range));
    return new StreamableFile(Readable.from(lines), {
      type: 'text/plain; charset=utf-8',
      disposition: `attachment; filename="audit.${format ?? 'jsonl'}"`,
    });
  }
}

function toFilter({ limit, cursor, since, until, ...filter }: AuditQuery): AuditFilter {
  return {
    ...filter,
    ...toRange({ since, until }),
    ...(cursor && { after: cursor }),
    limit: Number(limit ?? 50),
  };
}

function toRange({ since, until }: { since?: string | undefined; until?: string | undefined }) {
  return {
    ...(since && { since: new Date(since) }),
    ...(until && { until: new Date(until) }),
  };
}
