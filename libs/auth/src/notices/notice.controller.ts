import { ApiEnvelopeOfList } from '@app/security';
import { Controller, Get, Inject } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../guards/current-user.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { NoticeView } from './notice.view.js';
import { SecurityNotices } from './security-notices.service.js';

@ApiTags('auth')
@ApiBearerAuth()
@Controller('api/auth/notices')
export class NoticeController {
  constructor(@Inject(SecurityNotices) private readonly notices: SecurityNotices) {}

  @ApiOperation({ summary: 'What happened to the own account: sign-ins, locks, changes' })
  @ApiEnvelopeOfList(200, NoticeView)
  @Get()
  list(@CurrentUser() user: Principal): Promise<NoticeView[]> {
    return this.notices.list(user.userId);
  }
}
