import { RequiresStepUp, Roles } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelopeOfList } from '@app/security';
import { Controller, Get } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ModelListService } from './model-list.service.js';
import { ModelView } from './model.view.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/models')
export class ModelController {
  constructor(private readonly models: ModelListService) {}

  @Audit({ action: 'models.listed' })
  @ApiOperation({
    operationId: 'listModels',
    summary: 'List the language models: which assistants use them, and which fail and why',
    description:
      'To switch one off and on: `switchOff` with the scope `model`. Its tokens and costs: `reportUsage` by `model`.',
  })
  @ApiEnvelopeOfList(200, ModelView)
  @Get()
  list(): ModelView[] {
    return this.models.list();
  }
}
