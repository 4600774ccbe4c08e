import { Audit } from '@app/logging';
import { ApiEnvelope, LimitedByFailures } from '@app/security';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { IssuesTokens } from '../dpop/issues-tokens.decorator.js';
import { Public } from '../guards/public.decorator.js';
import { signedIn } from '../sign-in/signed-in.js';
import { TokensView } from '../sign-in/tokens.view.js';
import { PasskeyAssertions } from './passkey-assertions.service.js';
import { PasskeySignIn } from './passkey-sign-in.service.js';
import { PasskeySignInDto } from './passkey.dto.js';
import { PasskeyOptionsView } from './passkey.view.js';

@ApiTags('auth')
@Controller('api/auth/passkeys/sign-in')
export class PasskeySignInController {
  constructor(
    @Inject(PasskeySignIn) private readonly passkeys: PasskeySignIn,
    @Inject(PasskeyAssertions) private readonly assertions: PasskeyAssertions,
  ) {}

  @Public()
  @Audit({ action: 'passkey.asked' })
  @ApiOperation({ summary: 'What to ask the phone’s passkeys for, to sign in without a password' })
  @ApiEnvelope(200, PasskeyOptionsView)
  @HttpCode(200)
  @Post('options')
  options(): Promise<PasskeyOptionsView> {
    return this.assertions.askAnybody();
  }

  @Public()
  @IssuesTokens()
  @LimitedByFailures()
  @Audit({ action: 'session.opened', actor: signedIn })
  @ApiOperation({ summary: 'Sign in with a passkey' })
  @ApiEnvelope(200, TokensView)
  @HttpCode(200)
  @Post()
  signIn(@Body() answer: PasskeySignInDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.passkeys.signIn(answer, client);
  }
}
