import {
  Client,
  type ClientOrigin,
  CurrentUser,
  type Principal,
  RequiresStepUp,
} from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FactorErrorCode } from '../factor.error.js';
import { PasskeyParams, RegisterPasskeyDto } from './passkey.dto.js';
import { PasskeyService } from './passkey.service.js';
import { PasskeyOptionsView, PasskeyView, RegisteredPasskeyView } from './passkey.view.js';

const ofResult = ({ result }: AuditedCall) =>
  AuditObject.ofId('passkey', (result as PasskeyView | undefined)?.passkeyId);
const ofAddress = ({ params }: AuditedCall) => AuditObject.ofId('passkey', params.id);

@ApiTags('Second factors')
@ApiBearerAuth()
@Controller('api/auth/passkeys')
export class PasskeyController {
  constructor(private readonly passkeys: PasskeyService) {}

  @ApiOperation({ summary: 'List your passkeys' })
  @ApiEnvelopeOfList(200, PasskeyView)
  @Get()
  list(@CurrentUser() user: Principal): Promise<PasskeyView[]> {
    return this.passkeys.list(user);
  }

  @RequiresStepUp()
  @Audit({ action: 'passkey.offered' })
  @ApiOperation({
    operationId: 'createPasskeyOptions',
    summary: 'Get the options to create a passkey',
  })
  @ApiEnvelope(200, PasskeyOptionsView)
  @ApiErrors<FactorErrorCode>('too_many_passkeys')
  @HttpCode(200)
  @Post('options')
  options(@CurrentUser() user: Principal): Promise<PasskeyOptionsView> {
    return this.passkeys.registrationOptions(user);
  }

  @RequiresStepUp()
  @Audit({ action: 'passkey.added', object: ofResult })
  @ApiOperation({ summary: 'Register a passkey' })
  @ApiEnvelope(201, RegisteredPasskeyView)
  @ApiErrors<FactorErrorCode>(
    'passkey_refused',
    'invalid_challenge',
    'passkey_known',
    'too_many_passkeys',
  )
  @Post()
  register(
    @CurrentUser() user: Principal,
    @Body() passkey: RegisterPasskeyDto,
    @Client() client: ClientOrigin,
  ): Promise<RegisteredPasskeyView> {
    return this.passkeys.register(user, passkey, client);
  }

  @RequiresStepUp()
  @Audit({ action: 'passkey.removed', object: ofAddress })
  @ApiOperation({ summary: 'Remove a passkey; signs out all other devices' })
  @ApiEnvelope(200)
  @ApiErrors<FactorErrorCode>('passkey_not_found')
  @Delete(':id')
  remove(
    @CurrentUser() user: Principal,
    @Param() { id }: PasskeyParams,
    @Client() client: ClientOrigin,
  ): Promise<void> {
    return this.passkeys.remove(user, id, client);
  }
}
