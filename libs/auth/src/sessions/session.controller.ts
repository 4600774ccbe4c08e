import { CurrentUser, type Principal, RequiresStepUp } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Controller, Delete, Get, Header, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { OwnSessionService } from './own-session.service.js';
import { SessionParams } from './session.dto.js';
import type { SessionErrorCode } from './session.error.js';
import { SessionView } from './session.view.js';

const theSession = ({ params }: AuditedCall) => AuditObject.ofId('session', params.sessionId);

/** A browser forgets what it keeps of this origin; apps ignore the header. */
const CLEAR_SITE_DATA = ['Clear-Site-Data', '"cache", "cookies", "storage"'] as const;

@ApiTags('Devices')
@ApiBearerAuth()
@Controller('api/auth')
export class SessionController {
  constructor(private readonly sessions: OwnSessionService) {}

  @ApiOperation({ summary: 'List the devices that are signed in' })
  @ApiEnvelopeOfList(200, SessionView)
  @Get('sessions')
  list(@CurrentUser() user: Principal): Promise<SessionView[]> {
    return this.sessions.list(user);
  }

  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'session.ended', object: theSession })
  @ApiOperation({ summary: 'Sign out one of your devices' })
  @ApiEnvelope(200)
  @ApiErrors<SessionErrorCode>('session_not_found')
  @Delete('sessions/:sessionId')
  end(@CurrentUser() user: Principal, @Param() { sessionId }: SessionParams): Promise<void> {
    return this.sessions.end(user, sessionId);
  }

  @Audit({ action: 'session.closed' })
  @ApiOperation({ operationId: 'logout', summary: 'Sign out this device' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Header(...CLEAR_SITE_DATA)
  @Post('logout')
  logout(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.logout(user);
  }

  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'session.all_ended' })
  @ApiOperation({ operationId: 'logoutAll', summary: 'Sign out all devices, including this one' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Header(...CLEAR_SITE_DATA)
  @Post('logout-all')
  logoutAll(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.logoutAll(user);
  }
}
