import { ModelsModule } from '@app/models';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { PinWriter } from './pin-writer.js';

/** What the command needs that pins the tools of a profile. */
@Module({
  imports: [ConfigModule.forFeature(chatConfig), ModelsModule],
  providers: [PinWriter, ProfileCatalog],
  exports: [PinWriter],
})
export class PinsModule {}
