import { Audit } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Body, Controller, Delete, Get, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { RequiresStepUp } from '../step-up/requires-step-up.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { ConfirmTotpDto } from './second-factor.dto.js';
import { SecondFactorService } from './second-factor.service.js';
import {
  FactorTurnedOnView,
  RecoveryCodesView,
  SecondFactorView,
  TotpEnrolmentView,
} from './second-factor.view.js';
import { SecondFactors } from './second-factors.service.js';
import { TotpService } from './totp.service.js';

@ApiTags('second factor')
@ApiBearerAuth()
@Controller('api/auth/2fa')
export class SecondFactorController {
  constructor(
    @Inject(SecondFactors) private readonly secondFactors: SecondFactors,
    @Inject(SecondFactorService) private readonly secondFactor: SecondFactorService,
    @Inject(TotpService) private readonly totp: TotpService,
  ) {}

  @ApiOperation({ summary: 'Which second factors are on' })
  @ApiEnvelope(200, SecondFactorView)
  @Get()
  state(@CurrentUser() user: Principal): Promise<SecondFactorView> {
    return this.secondFactors.stateOf(user.userId);
  }

  @RequiresStepUp()
  @Audit({ action: 'totp.enrolled' })
  @ApiOperation({ summary: 'A secret for an authenticator app; on once a code confirms it' })
  @ApiEnvelope(201, TotpEnrolmentView)
  @Post('totp')
  enrol(@CurrentUser() user: Principal): Promise<TotpEnrolmentView> {
    return this.totp.enrol(user);
  }

  @RequiresStepUp()
  @Audit({ action: 'totp.turned_on' })
  @ApiOperation({ summary: 'Turn the codes on; every other device is signed out' })
  @ApiEnvelope(200, FactorTurnedOnView)
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
  @ApiOperation({ summary: 'Turn the codes off; every other device is signed out' })
  @ApiEnvelope(200)
  @Delete('totp')
  remove(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<void> {
    return this.totp.remove(user, client);
  }

  @RequiresStepUp()
  @Audit({ action: 'recovery_codes.renewed' })
  @ApiOperation({ summary: 'Ten new recovery codes; the old ones are void' })
  @ApiEnvelope(201, RecoveryCodesView)
  @Post('recovery-codes')
  renew(
    @CurrentUser() user: Principal,
    @Client() client: ClientOrigin,
  ): Promise<RecoveryCodesView> {
    return this.secondFactor.renewRecoveryCodes(user, client);
  }
}
