import { Audit } from '@app/logging';
import { ApiEnvelope, LimitedBy } from '@app/security';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { IssuesTokens } from '../dpop/issues-tokens.decorator.js';
import { Public } from '../guards/public.decorator.js';
import { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { signedIn } from '../sign-in/signed-in.js';
import { TokensView } from '../sign-in/tokens.view.js';
import { CompleteLoginDto, LoginChallengeDto } from './factor-proof.dto.js';
import { SecondFactorLogin } from './second-factor-login.service.js';

@ApiTags('auth')
@Controller('api/auth/login/second-factor')
export class SecondFactorLoginController {
  constructor(@Inject(SecondFactorLogin) private readonly login: SecondFactorLogin) {}

  @Public()
  @IssuesTokens()
  @LimitedBy('login')
  @Audit({ action: 'session.opened', actor: signedIn })
  @ApiOperation({ summary: 'Finish a login that was answered with `second_factor_required`' })
  @ApiEnvelope(200, TokensView)
  @HttpCode(200)
  @Post()
  complete(@Body() proof: CompleteLoginDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.login.complete(proof, client);
  }

  @Public()
  @IssuesTokens()
  @LimitedBy('login')
  @Audit({ action: 'passkey.asked' })
  @ApiOperation({ summary: 'What to ask the phone’s passkey for, to finish such a login' })
  @ApiEnvelope(200, PasskeyOptionsView)
  @HttpCode(200)
  @Post('passkey-options')
  passkeyOptions(
    @Body() { challenge }: LoginChallengeDto,
    @Client() client: ClientOrigin,
  ): Promise<PasskeyOptionsView> {
    return this.login.passkeyOptions(challenge, client);
  }
}
