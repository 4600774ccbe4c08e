import { CurrentUser, type Principal } from '@app/auth';
import { ApiEnvelope, ApiEnvelopeOfList } from '@app/security';
import { Controller, Get, Inject, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import { DirectEngine } from '../engine/direct.engine.js';
import { ProfileCatalog } from './profile-catalog.js';
import { ProfileParams } from './profile.dto.js';
import { CapabilitiesView, ProfileView, toProfileView } from './profile.view.js';

@ApiTags('profiles')
@ApiBearerAuth()
@Controller('api/profiles')
export class ProfileController {
  constructor(
    @Inject(ProfileCatalog) private readonly profiles: ProfileCatalog,
    @Inject(DirectEngine) private readonly engine: DirectEngine,
  ) {}

  @ApiOperation({ summary: 'The assistants to choose from' })
  @ApiEnvelopeOfList(200, ProfileView)
  @Get()
  list(): readonly ProfileView[] {
    return this.profiles.list();
  }

  @ApiOperation({ summary: 'One assistant' })
  @ApiEnvelope(200, ProfileView)
  @Get(':profileId')
  get(@Param() { profileId }: ProfileParams): ProfileView {
    return toProfileView(this.profiles.get(profileId));
  }

  @ApiOperation({ summary: 'What can be written to an assistant' })
  @ApiEnvelope(200, CapabilitiesView)
  @Get(':profileId/capabilities')
  capabilities(
    @CurrentUser() user: Principal,
    @Param() { profileId }: ProfileParams,
  ): Promise<CapabilitiesView> {
    return this.engine.capabilities(this.profiles.get(profileId), user.userId);
  }
}
