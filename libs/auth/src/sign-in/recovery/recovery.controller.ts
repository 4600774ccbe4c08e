import { Client, type ClientOrigin, Public } from '@app/access';
import { Audit } from '@app/logging';
import { AfterAnswer, ApiEnvelope, ApiErrors, LimitedBy } from '@app/security';
import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AccountErrorCode } from '../../accounts/account.error.js';
import { EmailDto } from '../../accounts/email/email.dto.js';
import type { SignInErrorCode } from '../sign-in.error.js';
import { ResetPasswordDto } from './recovery.dto.js';
import { RecoveryService } from './recovery.service.js';

@ApiTags('Forgotten password')
@Controller('api/auth/password')
export class RecoveryController {
  constructor(private readonly recovery: RecoveryService) {}

  @Public()
  @LimitedBy('login')
  @Audit({ action: 'password.forgotten', withoutAddress: true })
  @ApiOperation({
    operationId: 'forgotPassword',
    summary: 'Request a mail to reset the password; the answer is always the same',
  })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('forgot')
  forgot(@Body() { email }: EmailDto, @AfterAnswer() afterAnswer: AfterAnswer): void {
    afterAnswer(() => this.recovery.begin(email));
  }

  @Public()
  @LimitedBy('login')
  @Audit({ action: 'password.reset' })
  @ApiOperation({
    operationId: 'resetPassword',
    summary: 'Set a new password with the token from the mail; signs out all devices',
  })
  @ApiEnvelope(200)
  @ApiErrors<AccountErrorCode | SignInErrorCode>('weak_password', 'invalid_reset_token')
  @HttpCode(200)
  @Post('reset')
  reset(@Body() input: ResetPasswordDto, @Client() client: ClientOrigin): Promise<void> {
    return this.recovery.reset(input, client);
  }
}
