import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList } from '@app/security';
import { Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { RequiresStepUp } from '../step-up/requires-step-up.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { OwnSessions } from './own-sessions.service.js';
import { SessionParams } from './session.dto.js';
import { SessionView } from './session.view.js';

const theSession = ({ params }: AuditedCall) => ({ type: 'session', id: params.sessionId ?? '' });

@ApiTags('sessions')
@ApiBearerAuth()
@Controller('api/auth')
export class SessionController {
  constructor(@Inject(OwnSessions) private readonly sessions: OwnSessions) {}

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
  @Delete('sessions/:sessionId')
  end(@CurrentUser() user: Principal, @Param() { sessionId }: SessionParams): Promise<void> {
    return this.sessions.end(user, sessionId);
  }

  @Audit({ action: 'session.closed' })
  @ApiOperation({ summary: 'Sign this device out' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('logout')
  logout(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.logout(user);
  }

  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'session.all_ended' })
  @ApiOperation({ summary: 'Sign every device out, this one included' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('logout-all')
  logoutAll(@CurrentUser() user: Principal): Promise<void> {
    return this.sessions.logoutAll(user);
  }
}
