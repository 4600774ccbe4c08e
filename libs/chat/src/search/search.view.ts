import { ApiProperty } from '@nestjs/swagger';
import { ConversationView } from '../conversations/conversation.view.js';
import type { MessageRole } from '../conversations/message.entity.js';
import { CONVERSATION_ID_PROPERTY } from '../ownership/conversation-id.decorator.js';

export class SnippetView {
  @ApiProperty({ description: 'What stands before the hit; … where it was cut.' })
  before!: string;

  @ApiProperty({ description: 'The first word that was searched, as it was written.' })
  hit!: string;

  @ApiProperty()
  after!: string;
}

export class FoundMessageView {
  @ApiProperty({ format: 'uuid' })
  messageId!: string;

  @ApiProperty({ enum: ['user', 'assistant'] })
  role!: MessageRole;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty(CONVERSATION_ID_PROPERTY)
  conversationId!: string;

  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ description: 'The title of its conversation.' })
  title!: string;

  @ApiProperty({ type: SnippetView })
  snippet!: SnippetView;
}

export class SearchView {
  @ApiProperty({
    type: [ConversationView],
    description: 'Those found by their titles, ten at most; on the first page only.',
  })
  conversations!: ConversationView[];

  @ApiProperty({ type: [FoundMessageView], description: 'The latest first.' })
  messages!: FoundMessageView[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'For the next page; null at the end.',
  })
  nextCursor!: string | null;
}
