import { ChatModule } from '@app/chat';
import { Module } from '@nestjs/common';
import { ProfileServers } from './profile-servers.js';

@Module({
  imports: [ChatModule],
  providers: [ProfileServers],
  exports: [ChatModule, ProfileServers],
})
export class ProfileServersModule {}
