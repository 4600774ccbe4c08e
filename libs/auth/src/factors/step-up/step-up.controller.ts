import { Client, type ClientOrigin, CurrentUser, type Principal } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { TokensView } from '../../sessions/tokens.view.js';
import type { FactorErrorCode } from '../factor.error.js';
import { PasskeyOptionsView } from '../passkeys/passkey.view.js';
import { StepUpDto } from './step-up.dto.js';
import { StepUpService } from './step-up.service.js';

@ApiTags('Step-up')
@ApiBearerAuth()
@Controller('api/auth/step-up')
export class StepUpController {
  constructor(private readonly stepUp: StepUpService) {}

  @Audit({ action: 'session.stepped_up' })
  @ApiOperation({
    operationId: 'stepUp',
    summary: 'Authenticate again before a sensitive call; replaces the tokens',
  })
  @ApiEnvelope(200, TokensView)
  @ApiErrors<FactorErrorCode>(
    'invalid_credentials',
    'invalid_second_factor',
    'step_up_required',
    'account_required',
    'too_many_attempts',
  )
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
  @ApiOperation({
    operationId: 'createStepUpPasskeyOptions',
    summary: 'Get the passkey options for a step-up',
  })
  @ApiEnvelope(200, PasskeyOptionsView)
  @ApiErrors<FactorErrorCode>('second_factor_off')
  @HttpCode(200)
  @Post('passkey-options')
  passkeyOptions(@CurrentUser() user: Principal): Promise<PasskeyOptionsView> {
    return this.stepUp.passkeyOptions(user);
  }
}
