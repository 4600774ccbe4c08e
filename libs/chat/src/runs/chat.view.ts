import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Run, RunStatus } from './run.entity.js';

export class ChatMetadataView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ format: 'date-time' })
  timestamp!: string;

  @ApiProperty({ description: 'Milliseconds.' })
  processingTime!: number;
}

export class ChatView {
  @ApiProperty()
  response!: string;

  @ApiProperty()
  metadata!: ChatMetadataView;

  @ApiProperty({ format: 'uuid' })
  conversationId!: string;
}

export class RunView {
  @ApiProperty({ format: 'uuid' })
  runId!: string;

  @ApiProperty({ format: 'uuid' })
  conversationId!: string;

  @ApiProperty({ enum: ['running', 'succeeded', 'failed', 'interrupted'] })
  status!: RunStatus;

  @ApiPropertyOptional()
  errorCode?: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  finishedAt!: string | null;
}

export function toRunView(run: Run): RunView {
  return {
    runId: run.id,
    conversationId: run.conversationId,
    status: run.status,
    ...(run.errorCode ? { errorCode: run.errorCode } : {}),
    createdAt: run.createdAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}
