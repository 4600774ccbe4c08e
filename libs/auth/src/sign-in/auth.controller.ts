import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, LimitedBy, LimitedByFailures } from '@app/security';
import { Body, Controller, Get, HttpCode, Inject, Post, UseInterceptors } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccountView } from '../accounts/account.view.js';
import { AuthError } from '../auth.error.js';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { DpopRefusal } from '../dpop/dpop-refusal.interceptor.js';
import { IssuesTokens } from '../dpop/issues-tokens.decorator.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { Public } from '../guards/public.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { LoginDto, RefreshDto, RegisterDto } from './credentials.dto.js';
import { SignInService } from './sign-in.service.js';
import { signedIn } from './signed-in.js';
import { TokensView } from './tokens.view.js';

/** Whose account was tried in vain. Without it nobody could tell which records to forget with an account. */
const tried = ({ error }: AuditedCall) => {
  const id = error instanceof AuthError ? error.accountId : undefined;
  return id ? { type: 'account', id } : undefined;
};

@ApiTags('auth')
@Controller('api/auth')
export class AuthController {
  constructor(@Inject(SignInService) private readonly signIn: SignInService) {}

  @Public()
  @IssuesTokens()
  @Audit({ action: 'account.registered', actor: signedIn })
  @ApiOperation({ summary: 'Create an account and sign in' })
  @ApiEnvelope(201, TokensView)
  @Post('register')
  register(@Body() input: RegisterDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.signIn.register(input, client);
  }

  @Public()
  @IssuesTokens()
  @LimitedBy('login')
  @Audit({ action: 'session.opened', actor: signedIn, object: tried })
  @ApiOperation({ summary: 'Sign in' })
  @ApiEnvelope(200, TokensView)
  @HttpCode(200)
  @Post('login')
  login(@Body() input: LoginDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.signIn.login(input, client);
  }

  @Public()
  @IssuesTokens()
  @LimitedByFailures()
  @UseInterceptors(DpopRefusal)
  @Audit({ action: 'session.renewed', actor: signedIn, object: tried })
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens' })
  @ApiEnvelope(200, TokensView)
  @HttpCode(200)
  @Post('refresh')
  refresh(
    @Body() { refreshToken }: RefreshDto,
    @Client() client: ClientOrigin,
  ): Promise<TokensView> {
    return this.signIn.refresh(refreshToken, client);
  }

  @ApiBearerAuth()
  @ApiOperation({ summary: 'The own account' })
  @ApiEnvelope(200, AccountView)
  @Get('me')
  me(@CurrentUser() user: Principal): Promise<AccountView> {
    return this.signIn.accountOf(user);
  }
}
