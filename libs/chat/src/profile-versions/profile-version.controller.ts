import { CurrentUser, type Principal, RequiresStepUp, Roles } from '@app/access';
import { Audit } from '@app/logging';
import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Body, Controller, Get, HttpCode, Param, Post } from '@nestjs/common';
import { ApiBearerAuth, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { theProfile } from '../profiles/profile-object.js';
import { ProfileParams } from '../profiles/profile.dto.js';
import { RollbackDto } from './profile-version.dto.js';
import type { ProfileVersionErrorCode } from './profile-version.error.js';
import { ProfileVersionService } from './profile-version.service.js';
import {
  ProfileStateView,
  ProfileVersionView,
  ReloadedProfilesView,
} from './profile-version.view.js';

@ApiTags('Administration')
@ApiBearerAuth()
@Roles(['admin'])
@RequiresStepUp({ alwaysSecondFactor: true })
@Controller('api/admin/profiles')
export class ProfileVersionController {
  constructor(private readonly versions: ProfileVersionService) {}

  @Audit({ action: 'profiles.listed' })
  @ApiOperation({
    operationId: 'listProfileVersions',
    summary: 'List the assistants and their versions',
  })
  @ApiEnvelopeOfList(200, ProfileStateView)
  @Get()
  list(): Promise<ProfileStateView[]> {
    return this.versions.list();
  }

  @Audit({ action: 'profiles.reloaded' })
  @ApiOperation({
    operationId: 'reloadProfiles',
    summary: 'Load the changed profile files, on all instances within a second',
    description:
      'If one file is invalid, nothing changes; the message names the file and the reason.',
  })
  @ApiEnvelope(200, ReloadedProfilesView)
  @ApiErrors<ProfileVersionErrorCode>('invalid_profile')
  @HttpCode(200)
  @Post('reload')
  reload(@CurrentUser() { accountId }: Principal): Promise<ReloadedProfilesView> {
    return this.versions.reload(accountId);
  }

  @Audit({ action: 'profile.rolled_back', object: theProfile })
  @ApiOperation({
    operationId: 'rollbackProfile',
    summary: 'Roll an assistant back to an earlier version',
  })
  @ApiEnvelope(200, ProfileVersionView)
  @ApiErrors<ChatErrorCode | ProfileVersionErrorCode>(
    'profile_not_found',
    'version_not_found',
    'invalid_profile',
  )
  @HttpCode(200)
  @Post(':profileId/rollback')
  rollback(
    @CurrentUser() { accountId }: Principal,
    @Param() { profileId }: ProfileParams,
    @Body() { version }: RollbackDto,
  ): Promise<ProfileVersionView> {
    return this.versions.rollback(profileId, version, accountId);
  }
}
