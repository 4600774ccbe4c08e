import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, LimitedBy, LimitedByFailures } from '@app/security';
import { Body, Controller, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { AccountView } from '../accounts/account.view.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { Public } from '../guards/public.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { LoginDto, RefreshDto, RegisterDto } from './credentials.dto.js';
import { SignInService } from './sign-in.service.js';
import { TokensView } from './tokens.view.js';

const signedIn = ({ result }: AuditedCall) => (result as TokensView | undefined)?.userId;

@ApiTags('auth')
@Controller('api/auth')
export class AuthController {
  constructor(@Inject(SignInService) private readonly signIn: SignInService) {}

  @Public()
  @Audit({ action: 'account.registered', actor: signedIn })
  @ApiOperation({ summary: 'Create an account and sign in' })
  @ApiEnvelope(201, TokensView)
  @Post('register')
  register(@Body() credentials: RegisterDto): Promise<TokensView> {
    return this.signIn.register(credentials);
  }

  @Public()
  @LimitedBy('login')
  @Audit({ action: 'session.opened', actor: signedIn })
  @ApiOperation({ summary: 'Sign in' })
  @ApiEnvelope(200, TokensView)
  @HttpCode(200)
  @Post('login')
  login(@Body() credentials: LoginDto): Promise<TokensView> {
    return this.signIn.login(credentials);
  }

  @Public()
  @LimitedByFailures()
  @Audit({ action: 'session.renewed', actor: signedIn })
  @ApiOperation({ summary: 'Exchange a refresh token for new tokens' })
  @ApiEnvelope(200, TokensView)
  @HttpCode(200)
  @Post('refresh')
  refresh(@Body() { refreshToken }: RefreshDto): Promise<TokensView> {
    return this.signIn.refresh(refreshToken);
  }

  @ApiBearerAuth()
  @Audit({ action: 'session.closed' })
  @ApiOperation({ summary: 'Sign this device out' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('logout')
  logout(@CurrentUser() user: Principal): Promise<void> {
    return this.signIn.logout(user);
  }

  @ApiBearerAuth()
  @ApiOperation({ summary: 'The own account' })
  @ApiEnvelope(200, AccountView)
  @Get('me')
  me(@CurrentUser() user: Principal): Promise<AccountView> {
    return this.signIn.accountOf(user);
  }
}
