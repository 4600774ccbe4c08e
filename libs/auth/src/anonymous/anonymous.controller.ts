import { Audit } from '@app/logging';
import { ApiEnvelope, LimitedBy } from '@app/security';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { IssuesTokens } from '../dpop/issues-tokens.decorator.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { Public } from '../guards/public.decorator.js';
import { RegisterDto } from '../sign-in/credentials.dto.js';
import { signedIn } from '../sign-in/signed-in.js';
import { TokensView } from '../sign-in/tokens.view.js';
import type { Principal } from '../tokens/principal.js';
import { StartDeviceDto } from './anonymous.dto.js';
import { AnonymousService } from './anonymous.service.js';

@ApiTags('auth')
@Controller('api/auth')
export class AnonymousController {
  constructor(@Inject(AnonymousService) private readonly anonymous: AnonymousService) {}

  @Public()
  @IssuesTokens()
  @LimitedBy('device')
  @Audit({ action: 'device.started', actor: signedIn })
  @ApiOperation({ summary: 'Begin without an account' })
  @ApiEnvelope(201, TokensView)
  @Post('device')
  start(@Body() input: StartDeviceDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.anonymous.start(input, client);
  }

  @ApiBearerAuth()
  @IssuesTokens()
  @Audit({ action: 'account.upgraded' })
  @ApiOperation({ summary: 'Make an account of a device, with all that it holds' })
  @ApiEnvelope(200, TokensView)
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
