import { Client, type ClientOrigin, IssuesTokens, Public } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors, LimitedByFailures } from '@app/security';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { signedIn } from '../../sessions/signed-in.js';
import { TokensView } from '../../sessions/tokens.view.js';
import type { FactorErrorCode } from '../factor.error.js';
import { PasskeyAssertionService } from './passkey-assertion.service.js';
import { PasskeySignInService } from './passkey-sign-in.service.js';
import { PasskeySignInDto } from './passkey.dto.js';
import { PasskeyOptionsView } from './passkey.view.js';
import type { SessionErrorCode } from '../../sessions/session.error.js';

@ApiTags('Sign in')
@Controller('api/auth/passkeys/sign-in')
export class PasskeySignInController {
  constructor(
    private readonly passkeys: PasskeySignInService,
    private readonly assertions: PasskeyAssertionService,
  ) {}

  @Public()
  @Audit({ action: 'passkey.asked' })
  @ApiOperation({
    operationId: 'createPasskeySignInOptions',
    summary: 'Get the options for a passkey sign-in without a password',
  })
  @ApiEnvelope(200, PasskeyOptionsView)
  @HttpCode(200)
  @Post('options')
  options(): Promise<PasskeyOptionsView> {
    return this.assertions.askAnybody();
  }

  @Public()
  @IssuesTokens()
  @LimitedByFailures('after')
  @Audit({ action: 'session.opened', actor: signedIn })
  @ApiOperation({ operationId: 'signInWithPasskey', summary: 'Sign in with a passkey' })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<FactorErrorCode | SessionErrorCode>('invalid_passkey', 'sign_in_off', 'access_blocked')
  @HttpCode(200)
  @Post()
  signIn(@Body() answer: PasskeySignInDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.passkeys.signIn(answer, client);
  }
}
