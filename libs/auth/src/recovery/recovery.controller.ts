import { Audit } from '@app/logging';
import { AfterAnswer, ApiEnvelope, LimitedBy } from '@app/security';
import { Body, Controller, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { EmailDto } from '../email/email.dto.js';
import { Public } from '../guards/public.decorator.js';
import { ResetPasswordDto } from './recovery.dto.js';
import { RecoveryService } from './recovery.service.js';

@ApiTags('auth')
@Controller('api/auth/password')
export class RecoveryController {
  constructor(@Inject(RecoveryService) private readonly recovery: RecoveryService) {}

  @Public()
  @LimitedBy('login')
  @Audit({ action: 'password.forgotten', withoutAddress: true })
  @ApiOperation({ summary: 'Ask for a mail to set a new password; the answer is always the same' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('forgot')
  forgot(@Body() { email }: EmailDto, @AfterAnswer() afterAnswer: AfterAnswer): void {
    afterAnswer(() => this.recovery.begin(email));
  }

  @Public()
  @LimitedBy('login')
  @Audit({ action: 'password.reset' })
  @ApiOperation({ summary: 'Set a new password; signs all devices out and none in' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('reset')
  reset(@Body() input: ResetPasswordDto, @Client() client: ClientOrigin): Promise<void> {
    return this.recovery.reset(input, client);
  }
}
