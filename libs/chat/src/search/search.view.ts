import { ApiProperty } from '@nestjs/swagger';
import { ConversationView } from '../conversations/conversation.view.js';
import type { MessageRole } from '../conversations/message.entity.js';
import { CONVERSATION_ID_PROPERTY } from '../ownership/conversation-id.decorator.js';

export class SnippetView {
  @ApiProperty({ description: 'The text before the hit; … marks a cut.' })
  before!: string;

  @ApiProperty({ description: 'The first matching word, as it is written in the message.' })
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
    description: 'Conversations whose title matches, at most ten; on the first page only.',
  })
  conversations!: ConversationView[];

  @ApiProperty({ type: [FoundMessageView], description: 'The latest first.' })
  messages!: FoundMessageView[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The cursor of the next page; null on the last page.',
  })
  nextCursor!: string | null;
}
