import { Audit } from '@app/logging';
import { ApiEnvelope, LimitedBy } from '@app/security';
import { Body, Controller, Delete, HttpCode, Inject, Post, Put } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Client, type ClientOrigin } from '../clients/client.decorator.js';
import { CurrentUser } from '../guards/current-user.decorator.js';
import { Public } from '../guards/public.decorator.js';
import { RequiresStepUp } from '../step-up/requires-step-up.decorator.js';
import type { Principal } from '../tokens/principal.js';
import { EmailDto, VerifyEmailDto } from './email.dto.js';
import { EmailService } from './email.service.js';

@ApiTags('auth')
@Controller('api/auth/email')
export class EmailController {
  constructor(@Inject(EmailService) private readonly emails: EmailService) {}

  @ApiBearerAuth()
  @RequiresStepUp()
  @Audit({ action: 'email.requested' })
  @ApiOperation({ summary: 'Name an address; a mail to it says how to verify it' })
  @ApiEnvelope(200)
  @Put()
  request(@CurrentUser() user: Principal, @Body() { email }: EmailDto): Promise<void> {
    return this.emails.change(user.userId, email);
  }

  @Public()
  @LimitedBy('login')
  @Audit({ action: 'email.verified' })
  @ApiOperation({ summary: 'Verify an address with the token that was mailed to it' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('verify')
  verify(@Body() { token }: VerifyEmailDto, @Client() client: ClientOrigin): Promise<void> {
    return this.emails.verify(token, client);
  }

  @ApiBearerAuth()
  @RequiresStepUp()
  @Audit({ action: 'email.removed' })
  @ApiOperation({ summary: 'Remove the address, verified or not' })
  @ApiEnvelope(200)
  @Delete()
  remove(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<void> {
    return this.emails.remove(user.userId, client);
  }
}
