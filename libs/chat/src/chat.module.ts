import { MikroOrmModule } from '@mikro-orm/nestjs';
import { Module } from '@nestjs/common';
import { ConfigModule } from '@nestjs/config';
import { chatConfig } from './chat.config.js';
import { ConversationData } from './conversations/conversation-data.js';
import { ConversationController } from './conversations/conversation.controller.js';
import { Conversation } from './conversations/conversation.entity.js';
import { ConversationService } from './conversations/conversation.service.js';
import { Message } from './conversations/message.entity.js';
import { DirectEngine } from './engine/direct.engine.js';
import { ProfileCatalog } from './profiles/profile-catalog.js';
import { ProfileController } from './profiles/profile.controller.js';
import { ChatController } from './runs/chat.controller.js';
import { InterruptedRuns } from './runs/interrupted-runs.js';
import { RunStore } from './runs/run-store.js';
import { Run } from './runs/run.entity.js';
import { RunService } from './runs/run.service.js';

/** Assistants, conversations with them, and the runs that answer. */
@Module({
  imports: [
    ConfigModule.forFeature(chatConfig),
    MikroOrmModule.forFeature([Conversation, Message, Run]),
  ],
  controllers: [ProfileController, ChatController, ConversationController],
  providers: [
    ConversationData,
    ConversationService,
    DirectEngine,
    InterruptedRuns,
    ProfileCatalog,
    RunService,
    RunStore,
  ],
  exports: [ConversationData, ProfileCatalog],
})
export class ChatModule {}
