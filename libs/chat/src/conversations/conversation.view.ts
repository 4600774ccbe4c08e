import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { RunStatus } from '../runs/run.entity.js';
import type { Conversation } from './conversation.entity.js';
import type { Message, MessageRole } from './message.entity.js';

export class ConversationView {
  @ApiProperty({ format: 'uuid' })
  conversationId!: string;

  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ description: 'The beginning of the first message, until it is renamed.' })
  title!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class ConversationPageView {
  @ApiProperty({ type: [ConversationView], description: 'The most recently used first.' })
  conversations!: ConversationView[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'For the next page; null at the end.',
  })
  nextCursor!: string | null;
}

export class MessageView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ enum: ['user', 'assistant'] })
  role!: MessageRole;

  @ApiProperty()
  content!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'uuid', description: 'What ties a message to its answer.' })
  runId!: string;

  @ApiProperty({ enum: ['running', 'succeeded', 'failed', 'interrupted'] })
  status!: RunStatus;

  @ApiPropertyOptional({ description: 'Why there is no answer; a code of docs/api.md.' })
  errorCode?: string;
}

export class HistoryView {
  @ApiProperty({ format: 'uuid' })
  conversationId!: string;

  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ type: [MessageView], description: 'The latest messages, oldest first.' })
  messages!: MessageView[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'For earlier messages; null at the start.',
  })
  nextCursor!: string | null;
}

export function toConversationView(conversation: Conversation): ConversationView {
  return {
    conversationId: conversation.id,
    profileId: conversation.profileId,
    title: conversation.title,
    createdAt: conversation.createdAt.toISOString(),
    updatedAt: conversation.updatedAt.toISOString(),
  };
}

export function toMessageView({ id, role, content, createdAt, run }: Message): MessageView {
  return {
    id,
    role,
    content,
    createdAt: createdAt.toISOString(),
    runId: run.id,
    status: run.status,
    ...(run.errorCode ? { errorCode: run.errorCode } : {}),
  };
}
