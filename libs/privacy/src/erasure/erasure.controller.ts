import { Client, type ClientOrigin, CurrentUser, type Principal, RequiresStepUp } from '@app/auth';
import { Audit } from '@app/logging';
import { ApiEnvelope } from '@app/security';
import { Controller, Delete, HttpCode, Inject, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ErasureService } from './erasure.service.js';
import { DeletionView } from './erasure.view.js';

@ApiTags('me')
@ApiBearerAuth()
@Controller('api/me')
export class ErasureController {
  constructor(@Inject(ErasureService) private readonly erasures: ErasureService) {}

  @RequiresStepUp({ anonymous: true })
  @Audit({ action: 'account.deletion_requested' })
  @ApiOperation({ summary: 'Sign out everywhere, and have everything about the person erased' })
  @ApiEnvelope(200, DeletionView)
  @Delete()
  request(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<DeletionView> {
    return this.erasures.request(user, client);
  }

  @Audit({ action: 'account.restored' })
  @ApiOperation({ summary: 'Keep the account after all' })
  @ApiEnvelope(200)
  @HttpCode(200)
  @Post('restore')
  restore(@CurrentUser() user: Principal, @Client() client: ClientOrigin): Promise<void> {
    return this.erasures.restore(user, client);
  }
}
