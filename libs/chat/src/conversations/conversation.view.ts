import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { CardView } from '../cards/card.view.js';
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
      'The beginning of the first message, until a language model generates a title or the user renames the conversation.',
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
  @ApiProperty({ description: 'The usage of language models for its answers.' })
  usage!: UsedTokensView;
}

export class ConversationPageView {
  @ApiProperty({
    type: [ConversationView],
    description: 'Pinned conversations first, then the most recently used first.',
  })
  conversations!: ConversationView[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The cursor of the next page; null on the last page.',
  })
  nextCursor!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The cursor of the previous page; null on the first page.',
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

  @ApiPropertyOptional({
    type: [CardView],
    description: 'The images and other files of an answer; absent if there are none.',
  })
  cards?: CardView[];

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'uuid', description: 'The run that connects a message with its answer.' })
  runId!: string;

  @ApiPropertyOptional({
    format: 'uuid',
    description: 'The run before this one on the branch; absent for the first one.',
  })
  parentRunId?: string;

  @ApiPropertyOptional({
    type: [String],
    description:
      'In the history, for a message that was edited or sent again: the ids of all its versions, the oldest first. ' +
      'Each is the `leaf` of its own branch.',
  })
  siblings?: string[];

  @ApiProperty({ enum: RUN_STATUSES })
  status!: RunStatus;

  @ApiPropertyOptional({ description: 'Why it failed; a code of docs/api.md.' })
  errorCode?: string;

  @ApiPropertyOptional({
    description:
      'True for an answer that reports a failure, as in the response to the message; otherwise absent.',
  })
  isError?: boolean;

  @ApiPropertyOptional({
    description: 'True for a partial answer that could not be completed; otherwise absent.',
  })
  isUnfinished?: boolean;

  @ApiPropertyOptional({
    type: FeedbackView,
    description: 'The rating of the answer by the user; absent if it has none.',
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
    description: 'The cursor of earlier messages; null at the start.',
  })
  nextCursor!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The cursor of later messages; null if the page was requested without a cursor.',
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

/**
 * @param siblings the messages in its place, itself included
 * @param cards those of its run
 */
export function toMessageView(
  message: MessageRecord,
  siblings: readonly string[] = [],
  cards: readonly CardView[] = [],
): MessageView {
  const { id, role, content, createdAt, run } = message;
  return {
    id,
    role,
    content,
    ...(role === 'assistant' && cards.length > 0 ? { cards: [...cards] } : {}),
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
