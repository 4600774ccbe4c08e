import { type Role, ROLES } from '@app/access';
import { ApiProperty } from '@nestjs/swagger';
import type { Account } from '../accounts/account.entity.js';

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
}

export class UserPageView {
  @ApiProperty({ type: [UserView], description: 'The newest first.' })
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

  @ApiProperty({ description: '`succeeded`, or the error code that the caller got.' })
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
export function toUserView(account: Account): UserView {
  return {
    userId: account.id,
    username: account.isAnonymous ? null : account.username,
    role: account.role,
    isAnonymous: account.isAnonymous,
    isDisabled: Boolean(account.disabledAt),
    createdAt: account.createdAt.toISOString(),
  };
}
