import {
  Client,
  type ClientOrigin,
  CurrentUser,
  type Principal,
  RequiresStepUp,
} from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors, LimitedBy } from '@app/security';
import { Body, Controller, Delete, HttpCode, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { AccountErrorCode } from '../account.error.js';
import { EmailDto, VerifyEmailDto } from './email.dto.js';
import { EmailService } from './email.service.js';

@ApiTags('Account')
@Controller('api/auth/email')
export class EmailController {
  constructor(private readonly emails: EmailService) {}

  @ApiBearerAuth()
  @RequiresStepUp()
  @Audit({ action: 'email.requested' })
  @ApiOperation({
    operationId: 'changeEmail',
    summary: 'Set the mail address; a mail to it explains how to verify it',
  })
  @ApiEnvelope(200)
  @Put()
  request(@CurrentUser() user: Principal, @Body() { email }: EmailDto): Promise<void> {
    return this.emails.change(user.accountId, email);
  }

  @ApiBearerAuth()
  @LimitedBy('login')
  @Audit({ action: 'email.verified' })
  @ApiOperation({
    summary: 'Verify the mail address of your account with the token from the mail',
  })
  @ApiEnvelope(200)
  @ApiErrors<AccountErrorCode>('invalid_email_token')
  @HttpCode(200)
  @Post('verify')
  verify(
    @CurrentUser() user: Principal,
    @Body() { token }: VerifyEmailDto,
    @Client() client: ClientOrigin,
  ): Promise<void> {
    return this.emails.verify(user.accountId, token, client);
  }

  @ApiBearerAuth()
  @RequiresStepUp()
  @Audit({ action: 'email.removed' })
  @ApiOperation({ summary: 'Remove the mail address, verified or not' })
  @ApiEnvelope(200)
  @ApiErrors<AccountErrorCode>('email_required')
  @Delete()
  remove(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<void> {
    return this.emails.remove(user.accountId, client);
  }
}
