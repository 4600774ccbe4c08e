import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import { Audit, type AuditedCall, AuditObject } from '@app/logging';
import { ApiEnvelope, ApiErrors, IsId, ListQuery } from '@app/security';
import { Controller, Delete, Get, Param, Put, Query } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ConfirmationErrorCode } from './confirmation.error.js';
import { ConfirmationPageView, ConfirmationView } from './confirmation.view.js';
import { FourEyesService } from './four-eyes.service.js';

class ConfirmationParams {
  @IsId()
  confirmationId!: string;
}

const theConfirmation = ({ params }: AuditedCall) =>
  AuditObject.ofId('confirmation', params.confirmationId);

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/confirmations')
export class ConfirmationController {
  constructor(private readonly fourEyes: FourEyesService) {}

  @Audit({ action: 'confirmations.listed' })
  @ApiOperation({
    operationId: 'listConfirmations',
    summary: 'List the requests that another administrator must confirm',
  })
  @ApiEnvelope(200, ConfirmationPageView)
  @Get()
  list(@Query() { limit, cursor }: ListQuery): Promise<ConfirmationPageView> {
    return this.fourEyes.list(Number(limit ?? 50), cursor);
  }

  @Audit({ action: 'confirmation.given', object: theConfirmation })
  @ApiOperation({
    operationId: 'confirmAct',
    summary: 'Confirm the request of another administrator, who then repeats the call once',
  })
  @ApiEnvelope(200, ConfirmationView)
  @ApiErrors<ConfirmationErrorCode>('confirmation_not_found', 'own_request')
  @Put(':confirmationId')
  confirm(
    @CurrentUser() admin: Principal,
    @Param() { confirmationId }: ConfirmationParams,
  ): Promise<ConfirmationView> {
    return this.fourEyes.confirm(admin, confirmationId);
  }

  @Audit({ action: 'confirmation.refused', object: theConfirmation })
  @ApiOperation({
    operationId: 'refuseAct',
    summary: 'Refuse the request of another administrator, or withdraw your own',
  })
  @ApiEnvelope(200)
  @ApiErrors<ConfirmationErrorCode>('confirmation_not_found')
  @Delete(':confirmationId')
  refuse(@Param() { confirmationId }: ConfirmationParams): Promise<void> {
    return this.fourEyes.refuse(confirmationId);
  }
}
