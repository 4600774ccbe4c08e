import { Client, type ClientOrigin, IssuesTokens, Public } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors, LimitedBy, LimitedByFailures } from '@app/security';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { signedIn } from '../../sessions/signed-in.js';
import { TokensView } from '../../sessions/tokens.view.js';
import type { FactorErrorCode } from '../factor.error.js';
import { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { CompleteLoginDto, LoginChallengeDto } from './factor-proof.dto.js';
import { SecondFactorLoginService } from './second-factor-login.service.js';

@ApiTags('Sign in')
@Controller('api/auth/login/second-factor')
export class SecondFactorLoginController {
  constructor(private readonly login: SecondFactorLoginService) {}

  @Public()
  @IssuesTokens()
  @LimitedByFailures('before')
  @Audit({ action: 'session.opened', actor: signedIn })
  @ApiOperation({
    operationId: 'completeLogin',
    summary: 'Finish a login that was answered with `second_factor_required`',
  })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<FactorErrorCode>('invalid_second_factor', 'invalid_challenge', 'too_many_attempts')
  @HttpCode(200)
  @Post()
  complete(@Body() proof: CompleteLoginDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.login.complete(proof, client);
  }

  @Public()
  @IssuesTokens()
  @LimitedBy('login')
  @Audit({ action: 'passkey.asked' })
  @ApiOperation({
    operationId: 'createLoginPasskeyOptions',
    summary: 'What to ask the phone’s passkey for, to finish such a login',
  })
  @ApiEnvelope(200, PasskeyOptionsView)
  @ApiErrors<FactorErrorCode>('invalid_challenge', 'second_factor_off')
  @HttpCode(200)
  @Post('passkey-options')
  passkeyOptions(
    @Body() { challenge }: LoginChallengeDto,
    @Client() client: ClientOrigin,
  ): Promise<PasskeyOptionsView> {
    return this.login.passkeyOptions(challenge, client);
  }
}
