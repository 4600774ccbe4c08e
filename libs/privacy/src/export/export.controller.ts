import { CurrentUser, type Principal, RequiresStepUp } from '@app/access';
import { Audit } from '@app/logging';
import { BareResponse, LimitedBy } from '@app/security';
import { Controller, Get, Header, StreamableFile } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiExport } from './api-export.decorator.js';
import { ExportService } from './export.service.js';

@ApiTags('Personal data')
@ApiBearerAuth()
@Controller('api/me/export')
export class ExportController {
  constructor(private readonly exports: ExportService) {}

  @LimitedBy('export')
  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'data.exported' })
  @BareResponse()
  @Header('Content-Disposition', 'attachment; filename="my-data.json"')
  @ApiOperation({
    operationId: 'exportData',
    summary: 'Export all your personal data as a file',
  })
  @ApiExport()
  @Get()
  async export(@CurrentUser() user: Principal): Promise<StreamableFile> {
    return new StreamableFile(await this.exports.export(user.accountId), {
      type: 'application/json; charset=utf-8',
    });
  }
}
