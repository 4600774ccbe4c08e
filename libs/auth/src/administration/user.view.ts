import { type Role, ROLES } from '@app/access';
import { ApiProperty } from '@nestjs/swagger';
import type { Account } from '../accounts/account.entity.js';

const moment = { type: 'string', format: 'date-time', nullable: true } as const;

export class UserView {
  @ApiProperty({ format: 'uuid' })
  userId!: string;

  @ApiProperty({ type: 'string', nullable: true, description: 'Null for a device.' })
  username!: string | null;

  @ApiProperty({ enum: ROLES })
  role!: Role;

  @ApiProperty()
  isAnonymous!: boolean;

  @ApiProperty()
  isDisabled!: boolean;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({
    ...moment,
    description: 'Accurate to a minute; null if the account has no stored session.',
  })
  lastSeenAt!: string | null;

  @ApiProperty({
    ...moment,
    description: 'When the account is erased, at the request of its owner.',
  })
  erasureDueAt!: string | null;
}

export class UserPageView {
  @ApiProperty({ type: [UserView] })
  users!: UserView[];

  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export class AuditRecordView {
  @ApiProperty({ format: 'uuid' })
  id!: string;

  @ApiProperty({ format: 'date-time' })
  occurredAt!: string;

  @ApiProperty({ type: 'string', nullable: true })
  actorId!: string | null;

  @ApiProperty({ example: 'session.opened' })
  action!: string;

  @ApiProperty({ type: 'string', nullable: true })
  objectType!: string | null;

  @ApiProperty({ type: 'string', nullable: true })
  objectId!: string | null;

  @ApiProperty({ description: '`succeeded`, or the error code that was returned.' })
  outcome!: string;

  @ApiProperty()
  ip!: string;

  @ApiProperty()
  requestId!: string;
}

export class AuditPageView {
  @ApiProperty({ type: [AuditRecordView], description: 'The latest first.' })
  records!: AuditRecordView[];

  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

/** The view of administrators: the data needed to manage an account, without further personal data. */
export function toUserView(account: Account, lastSeenAt: Date | undefined): UserView {
  return {
    userId: account.id,
    username: account.isAnonymous ? null : account.username,
    role: account.role,
    isAnonymous: account.isAnonymous,
    isDisabled: Boolean(account.disabledAt),
    createdAt: account.createdAt.toISOString(),
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
    erasureDueAt: account.deletionDueAt?.toISOString() ?? null,
  };
}
