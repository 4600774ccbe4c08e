import { PersonalToolsModule } from '@app/personal-tools';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { personalToolsLinkConfig } from './personal-tools-link.config.js';
import { PersonalToolsLink } from './personal-tools.link.js';

@Module({
  imports: [ConfigModule.forFeature(personalToolsLinkConfig), PersonalToolsModule],
  providers: [PersonalToolsLink],
  exports: [PersonalToolsLink],
})
export class PersonalToolsLinkModule {}
