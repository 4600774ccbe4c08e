import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ApprovalView } from '../approvals/approval.view.js';
import { ANSWER_FAILURES, type AnswerFailure } from '../engine/engine.js';
import { CONVERSATION_ID_PROPERTY } from '../ownership/conversation-id.decorator.js';
import { type Run, RUN_STATUSES, type RunStatus } from '../ownership/run.entity.js';

export class ChatMetadataView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ format: 'date-time' })
  timestamp!: string;

  @ApiProperty({ description: 'Milliseconds.' })
  processingTime!: number;
}

export class ChatView {
  @ApiProperty({
    description: 'The answer, or, with isError, what went wrong, in words for the person.',
  })
  response!: string;

  @ApiPropertyOptional({ description: 'True if the response tells of a failure; else absent.' })
  isError?: boolean;

  @ApiPropertyOptional({
    enum: ANSWER_FAILURES,
    description:
      'With isError. command_refused: nothing was done. tool_failed: the tool says so. ' +
      'answer_incomplete: it ends at a bound. answer_refused: the language model declines.',
  })
  errorCode?: AnswerFailure;

  @ApiProperty()
  metadata!: ChatMetadataView;

  @ApiProperty(CONVERSATION_ID_PROPERTY)
  conversationId!: string;
}

export class RunView {
  @ApiProperty({ format: 'uuid' })
  runId!: string;

  @ApiProperty(CONVERSATION_ID_PROPERTY)
  conversationId!: string;

  @ApiProperty({ enum: RUN_STATUSES })
  status!: RunStatus;

  @ApiPropertyOptional()
  errorCode?: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finishedAt!: string | null;

  @ApiPropertyOptional({
    type: [ApprovalView],
    description:
      'What the person has been asked. With waiting_for_approval, at least one is pending.',
  })
  approvals?: ApprovalView[];
}

type RunRecord = Pick<Run, 'id' | 'status' | 'createdAt'> & {
  readonly errorCode?: string | null;
  readonly finishedAt?: Date | null;
};

/** @param conversationId as the client knows it */
export function toRunView(
  run: RunRecord,
  conversationId: string,
  approvals: ApprovalView[] = [],
): RunView {
  return {
    runId: run.id,
    conversationId,
    status: run.status,
    ...(run.errorCode ? { errorCode: run.errorCode } : {}),
    createdAt: run.createdAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    ...(approvals.length > 0 ? { approvals } : {}),
  };
}
