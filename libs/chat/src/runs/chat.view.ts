import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ApprovalView } from '../approvals/approval.view.js';
import { InputView } from '../inputs/input.view.js';
import { CardView } from '../cards/card.view.js';
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
    description: 'The answer. With isError: a message for the user that says what failed.',
  })
  response!: string;

  @ApiPropertyOptional({
    type: [CardView],
    description: 'The images and other files of tools; absent if there are none.',
  })
  cards?: CardView[];

  @ApiPropertyOptional({ description: 'True if the response reports a failure; otherwise absent.' })
  isError?: boolean;

  @ApiPropertyOptional({
    enum: ANSWER_FAILURES,
    description:
      'With isError. command_refused: nothing was done. tool_failed: the tool reported an error. ' +
      'answer_incomplete: the answer was cut at a limit. answer_refused: the language model refused to answer.',
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
      'The approvals that the user was asked for. With waiting_for_approval at least one is pending.',
  })
  approvals?: ApprovalView[];

  @ApiPropertyOptional({
    type: [InputView],
    description:
      'The questions of tools to the user, without the answers. With waiting_for_input at least one is pending.',
  })
  inputs?: InputView[];
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
  inputs: InputView[] = [],
): RunView {
  return {
    runId: run.id,
    conversationId,
    status: run.status,
    ...(run.errorCode ? { errorCode: run.errorCode } : {}),
    createdAt: run.createdAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
    ...(approvals.length > 0 ? { approvals } : {}),
    ...(inputs.length > 0 ? { inputs } : {}),
  };
}
