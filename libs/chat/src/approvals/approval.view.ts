import { ApiProperty } from '@nestjs/swagger';
import {
  type Approval,
  APPROVAL_STATES,
  type ApprovalState,
  type ShownArgument,
} from './approval.entity.js';

export class ShownArgumentView implements ShownArgument {
  @ApiProperty({ example: 'number' })
  name!: string;

  @ApiProperty({
    example: '3',
    description: 'As text. Invisible characters are written as \\u{…}.',
  })
  value!: string;
}

/** A card that asks the person whether a tool may do something. */
export class ApprovalView {
  @ApiProperty({ example: '1-1', description: 'Unique within the run.' })
  callId!: string;

  @ApiProperty({ example: 'Delete a note' })
  title!: string;

  @ApiProperty({ description: 'What will happen, in plain words.' })
  summary!: string;

  @ApiProperty({ type: [ShownArgumentView] })
  arguments!: ShownArgumentView[];

  @ApiProperty({
    enum: APPROVAL_STATES,
    description:
      'expired: not decided in time. withdrawn: the run was cancelled before the decision.',
  })
  state!: ApprovalState;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  decidedAt!: string | null;
}

export function toApprovalView(approval: Approval): ApprovalView {
  const { callId, title, summary, state, createdAt, expiresAt, decidedAt } = approval;
  return {
    callId,
    title,
    summary,
    arguments: JSON.parse(approval.arguments) as ShownArgumentView[],
    state,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    decidedAt: decidedAt?.toISOString() ?? null,
  };
}
