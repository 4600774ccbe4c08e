import { CurrentUser, type Principal, RequiresStepUp } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OwnSessionService } from './own-session.service.js';
import { SessionParams } from './session.dto.js';
import type { SessionErrorCode } from './session.error.js';
import { SessionView } from './session.view.js';

const theSession = ({ params }: AuditedCall) => AuditObject.ofId('session', params.sessionId);

@ApiTags('Devices')
@ApiBearerAuth()
@Controller('api/auth')
export class SessionController {
  constructor(private readonly sessions: OwnSessionService) {}

  @ApiOperation({ summary: 'The devices that are signed in' })
  @ApiEnvelopeOfList(200, SessionView)
  @Get('sessions')
  list(@CurrentUser() user: Principal): Promise<SessionView[]> {
    return this.sessions.list(user);
  }

  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'session.ended', object: theSession })
  @ApiOperation({ summary: 'Sign one of the own devices out' })
  @ApiEnvelope(200)
  @ApiErrors<SessionErrorCode>('session_not_found')
  @Delete('sessions/:sessionId')
  end(@CurrentUser() user: Principal, @Param() { sessionId }: SessionParams): Promise<void> {
    return this.sessions.end(user, sessionId);
  }

  @Audit({ action: 'session.closed' })
  @ApiOperation({ operationId: 'logout', summary: 'Sign this device out' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('logout')
  logout(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.logout(user);
  }

  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'session.all_ended' })
  @ApiOperation({ operationId: 'logoutAll', summary: 'Sign every device out, this one included' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('logout-all')
  logoutAll(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.logoutAll(user);
  }
}
