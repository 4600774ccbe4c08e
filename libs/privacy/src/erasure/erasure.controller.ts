import {
  Client,
  type ClientOrigin,
  CurrentUser,
  type Principal,
  RequiresStepUp,
} from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Controller, Delete, HttpCode, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { PrivacyErrorCode } from '../privacy.error.js';
import { ErasureService } from './erasure.service.js';
import { DeletionView } from './erasure.view.js';

@ApiTags('Personal data')
@ApiBearerAuth()
@Controller('api/me')
export class ErasureController {
  constructor(private readonly erasures: ErasureService) {}

  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'account.deletion_requested' })
  @ApiOperation({
    operationId: 'requestDeletion',
    summary:
      'Delete your account: signs out all devices and erases all data after the grace period',
  })
  @ApiEnvelope(200, DeletionView)
  @ApiErrors<PrivacyErrorCode>('role_held')
  @Delete()
  request(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<DeletionView> {
    return this.erasures.request(user, client);
  }

  @Audit({ action: 'account.restored' })
  @ApiOperation({ operationId: 'restoreAccount', summary: 'Cancel the deletion of your account' })
  @ApiEnvelope(200)
  @ApiErrors<PrivacyErrorCode>('erasure_begun')
  @HttpCode(200)
  @Post('restore')
  restore(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<void> {
    return this.erasures.restore(user, client);
  }
}
