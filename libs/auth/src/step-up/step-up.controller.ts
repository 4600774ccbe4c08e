import { Audit } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { TokensView } from '../sign-in/tokens.view.js';
import type { Principal } from '../tokens/principal.js';
import { StepUpDto } from './step-up.dto.js';
import { StepUpService } from './step-up.service.js';

@ApiTags('auth')
@ApiBearerAuth()
@Controller('api/auth/step-up')
export class StepUpController {
  constructor(@Inject(StepUpService) private readonly stepUp: StepUpService) {}

  @Audit({ action: 'session.stepped_up' })
  @ApiOperation({
    summary: 'Prove a credential again, before a sensitive call; replaces the tokens',
  })
  @ApiEnvelope(200, TokensView)
  @HttpCode(200)
  @Post()
  confirm(
    @CurrentUser() user: Principal,
    @Body() proof: StepUpDto,
    @Client() client: ClientOrigin,
  ): Promise<TokensView> {
    return this.stepUp.confirm(user, proof, client);
  }

  @Audit({ action: 'passkey.asked' })
  @ApiOperation({ summary: 'What to ask the phone’s passkey for, to prove it' })
  @ApiEnvelope(200, PasskeyOptionsView)
  @HttpCode(200)
  @Post('passkey-options')
  passkeyOptions(@CurrentUser() user: Principal): Promise<PasskeyOptionsView> {
    return this.stepUp.passkeyOptions(user);
  }
}
