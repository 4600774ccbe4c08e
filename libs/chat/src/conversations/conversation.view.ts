import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ANSWER_FAILURES } from '../engine/engine.js';
import { type Run, RUN_STATUSES, type RunStatus } from '../ownership/run.entity.js';
import type { Conversation } from '../ownership/conversation.entity.js';
import { CONVERSATION_ID_PROPERTY } from '../ownership/conversation-id.decorator.js';
import { UsedTokensView } from '../usage/used-tokens.view.js';
import { type Message, type MessageRole, RATINGS } from './message.entity.js';

export class ConversationView {
  @ApiProperty(CONVERSATION_ID_PROPERTY)
  conversationId!: string;

  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({
    description:
      'The beginning of the first message, until a language model finds a better one or the person renames it.',
  })
  title!: string;

  @ApiProperty()
  pinned!: boolean;

  @ApiProperty()
  archived!: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  updatedAt!: string;
}

export class ConversationDetailsView extends ConversationView {
  @ApiProperty({ description: 'What language models have used for its answers.' })
  usage!: UsedTokensView;
}

export class ConversationPageView {
  @ApiProperty({
    type: [ConversationView],
    description: 'Pinned ones first; then the last used first.',
  })
  conversations!: ConversationView[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'For the next page; null at the end.',
  })
  nextCursor!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'For the page before; null at the beginning.',
  })
  previousCursor!: string | null;
}

export class FeedbackView {
  @ApiProperty({ enum: RATINGS })
  rating!: (typeof RATINGS)[number];

  @ApiPropertyOptional()
  comment?: string;
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

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The run that this one follows on its branch; absent at the beginning.',
  })
  parentRunId?: string;

  @ApiPropertyOptional({
    type: [String],
    description:
      'In the history, for a message of which there are several, edited or sent once more: the ids of all of them, the ' +
      'oldest first. Each is the `leaf` of a branch of its own.',
  })
  siblings?: string[];

  @ApiProperty({ enum: RUN_STATUSES })
  status!: RunStatus;

  @ApiPropertyOptional({ description: 'Why it failed; a code of docs/api.md.' })
  errorCode?: string;

  @ApiPropertyOptional({
    description:
      'True for an answer that tells of a failure, as in the response to the message; else absent.',
  })
  isError?: boolean;

  @ApiPropertyOptional({
    description: 'True for what there is of an answer that could not be completed; else absent.',
  })
  isUnfinished?: boolean;

  @ApiPropertyOptional({
    type: FeedbackView,
    description: 'What the person thinks of an answer; absent until it is said.',
  })
  feedback?: FeedbackView;
}

export class HistoryView {
  @ApiProperty(CONVERSATION_ID_PROPERTY)
  conversationId!: string;

  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ type: [MessageView], description: 'Oldest first.' })
  messages!: MessageView[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'For earlier messages; null at the start.',
  })
  nextCursor!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'For later messages; null on a page that was asked for without a cursor.',
  })
  previousCursor!: string | null;
}

export function toConversationView(conversation: Conversation): ConversationView {
  return {
    conversationId: conversation.publicId,
    profileId: conversation.profileId,
    title: conversation.title,
    pinned: conversation.pinned,
    archived: conversation.archived,
    createdAt: conversation.createdAt.toISOString(),
    updatedAt: conversation.updatedAt.toISOString(),
  };
}

/** What a client may see of a message is made of this, as an entity or as a row that was read past the ORM. */
type MessageRecord = Pick<Message, 'id' | 'role' | 'content' | 'createdAt'> & {
  readonly run: Pick<Run, 'id' | 'status' | 'errorCode'> &
    Partial<Pick<Run, 'conversationId' | 'parentId'>>;
  readonly rating?: Message['rating'];
  readonly ratingComment?: string | null;
};

/** @param siblings the messages in its place, itself included */
export function toMessageView(
  message: MessageRecord,
  siblings: readonly string[] = [],
): MessageView {
  const { id, role, content, createdAt, run } = message;
  return {
    id,
    role,
    content,
    createdAt: createdAt.toISOString(),
    runId: run.id,
    ...(run.parentId && run.parentId !== run.conversationId ? { parentRunId: run.parentId } : {}),
    ...(siblings.length > 1 ? { siblings: [...siblings] } : {}),
    status: run.status,
    ...(run.errorCode ? { errorCode: run.errorCode } : {}),
    ...(role === 'assistant' ? completeness(run) : {}),
    ...feedbackOf(message),
  };
}

/** An answer is complete, or tells of a failure, or is what there was when its run ended. */
function completeness({
  status,
  errorCode,
}: MessageRecord['run']): Pick<MessageView, 'isError' | 'isUnfinished'> {
  if (status === 'succeeded') return {};
  const tells = ANSWER_FAILURES.some((failure) => failure === errorCode);
  return tells ? { isError: true } : { isUnfinished: true };
}

function feedbackOf({ rating, ratingComment }: MessageRecord): Pick<MessageView, 'feedback'> {
  if (!rating) return {};
  return { feedback: { rating, ...(ratingComment ? { comment: ratingComment } : {}) } };
}
