import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { ProfileCatalog } from './profile-catalog.js';
import { ProfileParams } from './profile.dto.js';
import { ProfileView, toProfileView } from './profile.view.js';

@ApiTags('Assistants')
@ApiBearerAuth()
@Controller('api/profiles')
export class ProfileController {
  constructor(private readonly profiles: ProfileCatalog) {}

  @ApiOperation({ summary: 'The assistants to choose from' })
  @ApiEnvelopeOfList(200, ProfileView)
  @Get()
  list(): readonly ProfileView[] {
    return this.profiles.list();
  }

  @ApiOperation({ summary: 'One assistant' })
  @ApiEnvelope(200, ProfileView)
  @ApiErrors<ChatErrorCode>('profile_not_found')
  @Get(':profileId')
  get(@Param() { profileId }: ProfileParams): ProfileView {
    return toProfileView(this.profiles.get(profileId));
  }
}
