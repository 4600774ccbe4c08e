import type { ServerHealth } from '@app/mcp';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

const SERVER_STATES = ['unused', 'ok', 'failing', 'paused'] as const;

export class ServerFailureView {
  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({ example: 'mcp_unavailable' })
  code!: string;

  @ApiProperty({
    description: 'The reason as text, without secrets. It can contain text of the server.',
  })
  reason!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The HTTP status.' })
  statusCode!: number | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The tool whose call failed; null if the server could not be used at all.',
  })
  tool!: string | null;

  @ApiProperty({
    type: 'string',
    nullable: true,
    description: 'The field of the message that cannot be used.',
  })
  field!: string | null;
}

export class ListFaultView {
  @ApiProperty({ enum: ['tools', 'prompts'] })
  list!: 'tools' | 'prompts';

  @ApiProperty({
    enum: ['skipped', 'mended', 'cut'],
    description:
      'Whether the tool is not offered, is used without the invalid field, or was cut from a list that is too long.',
  })
  outcome!: 'skipped' | 'mended' | 'cut';

  @ApiProperty({
    description:
      'The name of the tool or prompt, or its position in the list if it has no valid name.',
  })
  name!: string;

  @ApiProperty({ example: 'inputSchema' })
  field!: string;

  @ApiProperty()
  reason!: string;
}

/** As the instance that answers has met it since its start. */
export class ServerView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ example: 'personal-tools' })
  server!: string;

  @ApiProperty({
    enum: SERVER_STATES,
    description:
      'Whether the server was not used since the start, was reached at its last use, was not reached, or is paused until `retryAt` because it fails for several users.',
  })
  state!: (typeof SERVER_STATES)[number];

  @ApiProperty({ description: 'Whether an operator has switched it off.' })
  isOff!: boolean;

  @ApiProperty({ type: 'integer', minimum: 0, description: 'The number of open connections.' })
  connections!: number;

  @ApiProperty({
    type: 'integer',
    minimum: 0,
    description: 'The number of connections that wait in the queue.',
  })
  waiting!: number;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  connectedAt!: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  retryAt!: string | null;

  @ApiPropertyOptional({ description: 'Absent if there was no failure since the start.' })
  lastFailure?: ServerFailureView;

  @ApiProperty({
    type: [ListFaultView],
    description: 'The faults of its tools and prompts at the last read, at most a hundred of each.',
  })
  faults!: ListFaultView[];
}

export interface ServedServer {
  readonly profileId: string;
  readonly server: string;
  readonly isOff: boolean;
}

export function toServerView(
  { profileId, server, isOff }: ServedServer,
  health: ServerHealth,
): ServerView {
  const { open, waiting, connectedAt, retryAt, lastFailure, faults } = health;
  return {
    profileId,
    server,
    state: stateOf(health),
    isOff,
    connections: open,
    waiting,
    connectedAt: connectedAt?.toISOString() ?? null,
    retryAt: retryAt?.toISOString() ?? null,
    ...(lastFailure && { lastFailure: toFailureView(lastFailure) }),
    faults: faults.map(({ list, outcome, tool: name, field, reason }) => ({
      list,
      outcome,
      name,
      field,
      reason,
    })),
  };
}

function toFailureView(failure: NonNullable<ServerHealth['lastFailure']>): ServerFailureView {
  const { at, code, reason, statusCode, tool, field } = failure;
  return {
    at: at.toISOString(),
    code,
    reason,
    statusCode: statusCode ?? null,
    tool: tool ?? null,
    field: field ?? null,
  };
}

function stateOf({ retryAt, isFailing, connectedAt }: ServerHealth): ServerView['state'] {
  if (retryAt) return 'paused';
  if (isFailing) return 'failing';
  return connectedAt ? 'ok' : 'unused';
}
