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
import type { SessionErrorCode } from '../../sessions/session.error.js';

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
    summary: 'Complete a login after `second_factor_required`',
  })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<FactorErrorCode | SessionErrorCode>(
    'invalid_second_factor',
    'invalid_challenge',
    'too_many_attempts',
    'sign_in_off',
    'access_blocked',
  )
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
    summary: 'Get the passkey options to complete a login after `second_factor_required`',
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
