import { ApiEnvelope, ApiEnvelopeOfList, ApiErrors } from '@app/security';
import { Controller, Get, Param } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ChatErrorCode } from '../chat.error.js';
import { LanguageChoice, WantedLanguage } from './language-choice.js';
import { ProfileCatalog } from './profile-catalog.js';
import { ProfileParams } from './profile.dto.js';
import { ProfileView } from './profile.view.js';

const ACCEPT_LANGUAGE = {
  name: 'Accept-Language',
  description:
    'The preferred languages of the texts. If none of them is available, the default language of the assistant is used.',
  schema: { type: 'string', maxLength: 1_000, example: 'de, en;q=0.5' },
} as const;

@ApiTags('Assistants')
@ApiBearerAuth()
@Controller('api/profiles')
export class ProfileController {
  constructor(private readonly profiles: ProfileCatalog) {}

  @ApiOperation({ summary: 'List the assistants' })
  @ApiHeader(ACCEPT_LANGUAGE)
  @ApiEnvelopeOfList(200, ProfileView)
  @Get()
  list(@WantedLanguage() languages: LanguageChoice): readonly ProfileView[] {
    return this.profiles.list(languages);
  }

  @ApiOperation({ summary: 'Get one assistant' })
  @ApiHeader(ACCEPT_LANGUAGE)
  @ApiEnvelope(200, ProfileView)
  @ApiErrors<ChatErrorCode>('profile_not_found')
  @Get(':profileId')
  get(
    @Param() { profileId }: ProfileParams,
    @WantedLanguage() languages: LanguageChoice,
  ): ProfileView {
    return this.profiles.describe(profileId, languages);
  }
}
