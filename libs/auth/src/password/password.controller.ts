import { Audit } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Body, Controller, Inject, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { RequiresStepUp } from '../step-up/requires-step-up.decorator.js';
import { TokensView } from '../sign-in/tokens.view.js';
import type { Principal } from '../tokens/principal.js';
import { ChangePasswordDto } from './change-password.dto.js';
import { PasswordService } from './password.service.js';

@ApiTags('auth')
@ApiBearerAuth()
@Controller('api/auth/password')
export class PasswordController {
  constructor(@Inject(PasswordService) private readonly passwords: PasswordService) {}

  @RequiresStepUp({ onlySecondFactor: true })
  @Audit({ action: 'password.changed' })
  @ApiOperation({
    summary: 'Change the password; replaces the tokens, signs all other devices out',
  })
  @ApiEnvelope(200, TokensView)
  @Put()
  change(
    @CurrentUser() user: Principal,
    @Body() input: ChangePasswordDto,
    @Client() client: ClientOrigin,
  ): Promise<TokensView> {
    return this.passwords.change(user, input, client);
  }
}
