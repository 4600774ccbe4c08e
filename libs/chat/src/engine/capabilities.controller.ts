import { CurrentUser, type Principal } from '@app/access';
import { ApiEnvelope, ApiErrors } from '@app/security';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { ProfileParams } from '../profiles/profile.dto.js';
import { CapabilitiesView } from './capabilities.view.js';
import { DirectEngine } from './direct.engine.js';

@ApiTags('Assistants')
@ApiBearerAuth()
@Controller('api/profiles/:profileId/capabilities')
export class CapabilitiesController {
  constructor(
    private readonly engine: DirectEngine,
    private readonly profiles: ProfileCatalog,
  ) {}

  @ApiOperation({
    operationId: 'getProfileCapabilities',
    summary: 'List the commands of an assistant',
  })
  @ApiEnvelope(200, CapabilitiesView)
  @ApiErrors<ChatErrorCode>(
    'profile_not_found',
    'assistant_unavailable',
    'assistant_busy',
    'assistant_timeout',
    'assistant_failed',
    'answer_too_large',
    'connection_required',
    'tool_off',
    'shutting_down',
  )
  @Get()
  capabilities(
    @CurrentUser() user: Principal,
    @Param() { profileId }: ProfileParams,
  ): Promise<CapabilitiesView> {
    return this.engine.capabilities(this.profiles.get(profileId), user.accountId);
  }
}
