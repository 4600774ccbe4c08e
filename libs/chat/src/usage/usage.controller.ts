import { CurrentUser, type Principal } from '@app/access';
import { ApiEnvelope } from '@app/security';
import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { UsageService } from './usage.service.js';
import { UsageView } from './usage.view.js';

@ApiTags('Personal data')
@ApiBearerAuth()
@Controller('api/me/usage')
export class UsageController {
  constructor(private readonly usage: UsageService) {}

  @ApiOperation({ operationId: 'readUsage', summary: 'Show your usage and your quotas' })
  @ApiEnvelope(200, UsageView)
  @Get()
  read(@CurrentUser() user: Principal): Promise<UsageView> {
    return this.usage.of(user.accountId);
  }
}
