import {
  Client,
  type ClientOrigin,
  CurrentUser,
  IssuesTokens,
  type Principal,
  Public,
} from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors, LimitedBy } from '@app/security';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AccountErrorCode } from '../../accounts/account.error.js';
import type { SessionErrorCode } from '../../sessions/session.error.js';
import { signedIn } from '../../sessions/signed-in.js';
import { TokensView } from '../../sessions/tokens.view.js';
import { RegisterDto } from '../credentials.dto.js';
import type { SignInErrorCode } from '../sign-in.error.js';
import { StartDeviceDto } from './anonymous.dto.js';
import { AnonymousService } from './anonymous.service.js';

@ApiTags('Sign in')
@Controller('api/auth')
export class AnonymousController {
  constructor(private readonly anonymous: AnonymousService) {}

  @Public()
  @IssuesTokens()
  @LimitedBy('device')
  @Audit({ action: 'device.started', actor: signedIn })
  @ApiOperation({ operationId: 'startDevice', summary: 'Begin without an account' })
  @ApiEnvelope(201, TokensView)
  @ApiErrors<SessionErrorCode>('sign_in_off')
  @Post('device')
  start(@Body() input: StartDeviceDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.anonymous.start(input, client);
  }

  @ApiBearerAuth()
  @IssuesTokens()
  @Audit({ action: 'account.upgraded' })
  @ApiOperation({
    operationId: 'upgradeAccount',
    summary: 'Turn a device without an account into an account; its data is kept',
  })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<AccountErrorCode | SignInErrorCode>('weak_password', 'not_anonymous', 'username_taken')
  @HttpCode(200)
  @Post('upgrade')
  upgrade(
    @CurrentUser() user: Principal,
    @Body() input: RegisterDto,
    @Client() client: ClientOrigin,
  ): Promise<TokensView> {
    return this.anonymous.upgrade(user, input, client);
  }
}
