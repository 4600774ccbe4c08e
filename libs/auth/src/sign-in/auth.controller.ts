import {
  Client,
  type ClientOrigin,
  CurrentUser,
  IssuesTokens,
  type Principal,
  Public,
} from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors, LimitedByFailures } from '@app/security';
import { Body, Controller, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AccountErrorCode } from '../accounts/account.error.js';
import { AccountView } from '../accounts/account.view.js';
import { CredentialError } from '../accounts/credential.error.js';
import type { FactorErrorCode } from '../factors/factor.error.js';
import type { SessionErrorCode } from '../sessions/session.error.js';
import { signedIn } from '../sessions/signed-in.js';
import { TokensView } from '../sessions/tokens.view.js';
import { LoginDto, RefreshDto, RegisterDto } from './credentials.dto.js';
import { SignInService } from './sign-in.service.js';

/** The account of a failed attempt, so that the erasure of the account finds the record. */
const tried = ({ error }: AuditedCall) =>
  AuditObject.ofId('account', error instanceof CredentialError ? error.accountId : undefined);

@ApiTags('Sign in')
@Controller('api/auth')
export class AuthController {
  constructor(private readonly signIn: SignInService) {}

  @Public()
  @IssuesTokens()
  @Audit({ action: 'account.registered', actor: signedIn })
  @ApiOperation({ operationId: 'register', summary: 'Create an account and sign in' })
  @ApiEnvelope(201, TokensView)
  @ApiErrors<AccountErrorCode | SessionErrorCode>('weak_password', 'username_taken', 'sign_in_off')
  @Post('register')
  register(@Body() input: RegisterDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.signIn.register(input, client);
  }

  @Public()
  @IssuesTokens()
  @LimitedByFailures('before')
  @Audit({ action: 'session.opened', actor: signedIn, object: tried })
  @ApiOperation({ operationId: 'login', summary: 'Sign in' })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<FactorErrorCode | SessionErrorCode>(
    'invalid_credentials',
    'second_factor_required',
    'too_many_attempts',
    'sign_in_off',
    'access_blocked',
  )
  @HttpCode(200)
  @Post('login')
  login(@Body() input: LoginDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.signIn.login(input, client);
  }

  @Public()
  @IssuesTokens()
  @LimitedByFailures('after')
  @Audit({ action: 'session.renewed', actor: signedIn, object: tried })
  @ApiOperation({
    operationId: 'refreshTokens',
    summary: 'Exchange a refresh token for new tokens',
  })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<SessionErrorCode>('invalid_refresh_token', 'access_blocked')
  @HttpCode(200)
  @Post('refresh')
  refresh(@Body() input: RefreshDto, @Client() client: ClientOrigin): Promise<TokensView> {
    return this.signIn.refresh(input, client);
  }

  @ApiBearerAuth()
  @ApiOperation({ operationId: 'getAccount', summary: 'Your account' })
  @ApiEnvelope(200, AccountView)
  @Get('me')
  me(@CurrentUser() user: Principal): Promise<AccountView> {
    return this.signIn.accountOf(user);
  }
}
