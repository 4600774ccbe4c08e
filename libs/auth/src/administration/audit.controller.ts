import { RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditRecordRow, AuditTrail } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Controller, Get, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AuditQuery } from './administration.dto.js';
import { AuditPageView } from './user.view.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['auditor', 'admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/audit')
export class AuditController {
  constructor(private readonly trail: AuditTrail) {}

  @Audit({ action: 'audit.read' })
  @ApiOperation({ operationId: 'listAuditRecords', summary: 'The audit trail' })
  @ApiEnvelope(200, AuditPageView)
  @Get()
  read(@Query() { limit, cursor, ...filter }: AuditQuery): Promise<AuditPageView> {
    return this.trail.read({ ...filter, before: cursor, limit: Number(limit ?? 50) }).then(toPage);
  }
}

function toPage({ records, hasMore }: { records: AuditRecordRow[]; hasMore: boolean }) {
  return { records, nextCursor: hasMore ? records.at(-1)!.id : null };
}
