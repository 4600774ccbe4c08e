import { CurrentUser, type Principal } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Body, Controller, Delete, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { PrivacyErrorCode } from '../privacy.error.js';
import { ConsentParams, GiveConsentDto, PURPOSE } from './consent.dto.js';
import { ConsentService } from './consent.service.js';
import { ConsentView } from './consent.view.js';

const thePurpose = ({ params, body }: AuditedCall) =>
  AuditObject.ofName(
    'consent',
    params.purpose ?? (body as Partial<GiveConsentDto> | null | undefined)?.purpose,
    PURPOSE,
  );

@ApiTags('Personal data')
@ApiBearerAuth()
@Controller('api/me/consents')
export class ConsentController {
  constructor(private readonly consents: ConsentService) {}

  @ApiOperation({ summary: 'List your consents, given and withdrawn, the latest first' })
  @ApiEnvelopeOfList(200, ConsentView)
  @Get()
  list(@CurrentUser() user: Principal): Promise<ConsentView[]> {
    return this.consents.list(user.accountId);
  }

  @Audit({ action: 'consent.given', object: thePurpose })
  @ApiOperation({ summary: 'Give a consent; to repeat the call changes nothing' })
  @ApiEnvelope(200, ConsentView)
  @ApiErrors<PrivacyErrorCode>('consents_full')
  @HttpCode(200)
  @Post()
  give(@CurrentUser() user: Principal, @Body() consent: GiveConsentDto): Promise<ConsentView> {
    return this.consents.give(user.accountId, consent);
  }

  @Audit({ action: 'consent.withdrawn', object: thePurpose })
  @ApiOperation({ summary: 'Withdraw a consent' })
  @ApiEnvelope(200)
  @ApiErrors<PrivacyErrorCode>('consent_not_found')
  @Delete(':purpose')
  withdraw(@CurrentUser() user: Principal, @Param() { purpose }: ConsentParams): Promise<void> {
    return this.consents.withdraw(user.accountId, purpose);
  }
}
