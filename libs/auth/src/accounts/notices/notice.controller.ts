import { CurrentUser, type Principal } from '@app/access';
import { ApiEnvelopeOfList } from '@app/security';
import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { NoticeView } from './notice.view.js';
import { SecurityNoticeService } from './security-notice.service.js';

@ApiTags('Account')
@ApiBearerAuth()
@Controller('api/auth/notices')
export class NoticeController {
  constructor(private readonly notices: SecurityNoticeService) {}

  @ApiOperation({ summary: 'List the notices about your account: sign-ins, locks, changes' })
  @ApiEnvelopeOfList(200, NoticeView)
  @Get()
  list(@CurrentUser() user: Principal): Promise<NoticeView[]> {
    return this.notices.list(user.accountId);
  }
}
