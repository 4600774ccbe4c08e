import { RequiresStepUp, Roles } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { theProfile } from '../profiles/profile-object.js';
import { ProfileParams } from '../profiles/profile.dto.js';
import { PinListService } from './pin-list.service.js';
import { PinOverviewView, ProfilePinsView } from './pin.view.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/pins')
export class PinController {
  constructor(private readonly pins: PinListService) {}

  @Audit({ action: 'pins.listed' })
  @ApiOperation({
    operationId: 'listPins',
    summary: 'Count the pinned, changed and unpinned tools and prompts of each assistant',
  })
  @ApiEnvelope(200, PinOverviewView)
  @Get()
  list(): PinOverviewView {
    return this.pins.overview();
  }

  @Audit({ action: 'pins.read', object: theProfile })
  @ApiOperation({
    operationId: 'readPins',
    summary: 'Compare the pins of an assistant with the definitions that its servers tell',
    description: 'As the instance that answers has met them: no server is asked.',
  })
  @ApiEnvelope(200, ProfilePinsView)
  @ApiErrors<ChatErrorCode>('profile_not_found')
  @Get(':profileId')
  read(@Param() { profileId }: ProfileParams): ProfilePinsView {
    return this.pins.show(profileId);
  }
}
