import {
  Client,
  type ClientOrigin,
  CurrentUser,
  type Principal,
  RequiresStepUp,
} from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Body, Controller, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AccountErrorCode } from '../../accounts/account.error.js';
import type { FactorErrorCode } from '../../factors/factor.error.js';
import { TokensView } from '../../sessions/tokens.view.js';
import { ChangePasswordDto } from './change-password.dto.js';
import { PasswordService } from './password.service.js';

@ApiTags('Account')
@ApiBearerAuth()
@Controller('api/auth/password')
export class PasswordController {
  constructor(private readonly passwords: PasswordService) {}

  @RequiresStepUp({ onlySecondFactor: true })
  @Audit({ action: 'password.changed' })
  @ApiOperation({
    summary: 'Change the password; replaces the tokens and signs out all other devices',
  })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<AccountErrorCode | FactorErrorCode>(
    'weak_password',
    'invalid_credentials',
    'account_required',
    'too_many_attempts',
  )
  @Put()
  change(
    @CurrentUser() user: Principal,
    @Body() input: ChangePasswordDto,
    @Client() client: ClientOrigin,
  ): Promise<TokensView> {
    return this.passwords.change(user, input, client);
  }
}
