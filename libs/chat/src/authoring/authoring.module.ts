import { ModelsModule } from '@app/models';
import { SwitchBoardModule } from '@app/switches';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ArgumentChecks } from '../engine/argument-checks.js';
import { ModelListService } from '../models/model-list.service.js';
import { MetDefinitions } from '../pins/met-definitions.js';
import { PinListService } from '../pins/pin-list.service.js';
import { PinReview } from '../pins/pin-review.js';
import { ServedDefinitions } from '../pins/served-definitions.js';
import { PinWriter } from '../pins/pin-writer.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import { AppliedVersions } from '../profile-versions/applied-versions.js';
import { ProfileVersionService } from '../profile-versions/profile-version.service.js';
import { ProfileVersionStore } from '../profile-versions/profile-version.store.js';
import { ProfileAuthor } from './profile-author.js';
import { ProfileCheck } from './profile-check.js';

/** What the commands need that write profiles, check them and pin their tools. */
@Module({
  imports: [ConfigModule.forFeature(chatConfig), ModelsModule, SwitchBoardModule],
  providers: [
    AppliedVersions,
    ArgumentChecks,
    MetDefinitions,
    ModelListService,
    PinListService,
    PinReview,
    PinWriter,
    ProfileAuthor,
    ProfileCatalog,
    ProfileCheck,
    ProfileVersionService,
    ProfileVersionStore,
    ServedDefinitions,
    SwitchedParts,
  ],
  exports: [
    ModelListService,
    ModelsModule,
    PinListService,
    PinReview,
    PinWriter,
    ProfileAuthor,
    ProfileCheck,
    ProfileVersionService,
  ],
})
export class AuthoringModule {}
