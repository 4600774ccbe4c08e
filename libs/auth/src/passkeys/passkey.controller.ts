import { Audit, type AuditedCall } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList } from '@app/security';
import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { RequiresStepUp } from '../step-up/requires-step-up.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { PasskeyParams, RegisterPasskeyDto } from './passkey.dto.js';
import { PasskeyService } from './passkey.service.js';
import { PasskeyOptionsView, PasskeyView, RegisteredPasskeyView } from './passkey.view.js';

const ofResult = ({ result }: AuditedCall) => {
  const id = (result as PasskeyView | undefined)?.passkeyId;
  return id ? { type: 'passkey', id } : undefined;
};
const ofAddress = ({ params }: AuditedCall) => ({ type: 'passkey', id: params.id! });

@ApiTags('second factor')
@ApiBearerAuth()
@Controller('api/auth/passkeys')
export class PasskeyController {
  constructor(@Inject(PasskeyService) private readonly passkeys: PasskeyService) {}

  @ApiOperation({ summary: 'The own passkeys' })
  @ApiEnvelopeOfList(200, PasskeyView)
  @Get()
  list(@CurrentUser() user: Principal): Promise<PasskeyView[]> {
    return this.passkeys.list(user);
  }

  @RequiresStepUp()
  @Audit({ action: 'passkey.offered' })
  @ApiOperation({ summary: 'What the phone needs to make a passkey' })
  @ApiEnvelope(200, PasskeyOptionsView)
  @HttpCode(200)
  @Post('options')
  options(@CurrentUser() user: Principal): Promise<PasskeyOptionsView> {
    return this.passkeys.registrationOptions(user);
  }

  @RequiresStepUp()
  @Audit({ action: 'passkey.added', object: ofResult })
  @ApiOperation({ summary: 'Register the passkey that the phone made' })
  @ApiEnvelope(201, RegisteredPasskeyView)
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
  @ApiOperation({ summary: 'Remove a passkey; every other device is signed out' })
  @ApiEnvelope(200)
  @Delete(':id')
  remove(
    @CurrentUser() user: Principal,
    @Param() { id }: PasskeyParams,
    @Client() client: ClientOrigin,
  ): Promise<void> {
    return this.passkeys.remove(user, id, client);
  }
}
