import {
  Client,
  type ClientOrigin,
  CurrentUser,
  type Principal,
  RequiresStepUp,
} from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FactorErrorCode } from '../factor.error.js';
import { FactorStatusService } from './factor-status.service.js';
import { RecoveryCodeRenewalService } from './recovery-code-renewal.service.js';
import { ConfirmTotpDto } from './second-factor.dto.js';
import {
  FactorTurnedOnView,
  RecoveryCodesView,
  SecondFactorView,
  TotpEnrolmentView,
} from './second-factor.view.js';
import { TotpService } from './totp.service.js';

@ApiTags('Second factors')
@ApiBearerAuth()
@Controller('api/auth/2fa')
export class SecondFactorController {
  constructor(
    private readonly factorStatus: FactorStatusService,
    private readonly recoveryCodes: RecoveryCodeRenewalService,
    private readonly totp: TotpService,
  ) {}

  @ApiOperation({
    operationId: 'getSecondFactors',
    summary: 'Show which second factors are enabled',
  })
  @ApiEnvelope(200, SecondFactorView)
  @Get()
  state(@CurrentUser() user: Principal): Promise<SecondFactorView> {
    return this.factorStatus.stateOf(user.accountId);
  }

  @RequiresStepUp()
  @Audit({ action: 'totp.enrolled' })
  @ApiOperation({
    operationId: 'enrolTotp',
    summary: 'Create a secret for an authenticator app; a code must confirm it',
  })
  @ApiEnvelope(201, TotpEnrolmentView)
  @ApiErrors<FactorErrorCode>('second_factor_on')
  @Post('totp')
  enrol(@CurrentUser() user: Principal): Promise<TotpEnrolmentView> {
    return this.totp.enrol(user);
  }

  @RequiresStepUp()
  @Audit({ action: 'totp.turned_on' })
  @ApiOperation({
    operationId: 'confirmTotp',
    summary: 'Confirm and enable the authenticator app; signs out all other devices',
  })
  @ApiEnvelope(200, FactorTurnedOnView)
  @ApiErrors<FactorErrorCode>('invalid_second_factor', 'second_factor_off', 'too_many_attempts')
  @HttpCode(200)
  @Post('totp/confirm')
  confirm(
    @CurrentUser() user: Principal,
    @Body() { code }: ConfirmTotpDto,
    @Client() client: ClientOrigin,
  ): Promise<FactorTurnedOnView> {
    return this.totp.confirm(user, code, client);
  }

  @RequiresStepUp()
  @Audit({ action: 'totp.turned_off' })
  @ApiOperation({
    operationId: 'removeTotp',
    summary: 'Disable the authenticator app; signs out all other devices',
  })
  @ApiEnvelope(200)
  @ApiErrors<FactorErrorCode>('second_factor_off')
  @Delete('totp')
  remove(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<void> {
    return this.totp.remove(user, client);
  }

  @RequiresStepUp()
  @Audit({ action: 'recovery_codes.renewed' })
  @ApiOperation({
    operationId: 'renewRecoveryCodes',
    summary: 'Create ten new recovery codes; the old ones become invalid',
  })
  @ApiEnvelope(201, RecoveryCodesView)
  @ApiErrors<FactorErrorCode>('second_factor_off')
  @Post('recovery-codes')
  renew(
    @CurrentUser() user: Principal,
    @Client() client: ClientOrigin,
  ): Promise<RecoveryCodesView> {
    return this.recoveryCodes.renewRecoveryCodes(user, client);
  }
}
