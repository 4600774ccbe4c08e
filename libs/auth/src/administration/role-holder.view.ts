import type { Role } from '@app/access';
import { ApiProperty } from '@nestjs/swagger';
import type { Account } from '../accounts/account.entity.js';
import { GRANTED_ROLES } from './role-review.dto.js';

const id = { type: 'string', format: 'uuid', nullable: true } as const;
const moment = { type: 'string', format: 'date-time', nullable: true } as const;

export class RoleHolderView {
  @ApiProperty({ format: 'uuid' })
  userId!: string;

  @ApiProperty()
  username!: string;

  @ApiProperty({ enum: GRANTED_ROLES })
  role!: Role;

  @ApiProperty()
  isDisabled!: boolean;

  @ApiProperty({ format: 'date-time' })
  since!: string;

  @ApiProperty({
    ...id,
    description:
      'The administrator who gave the role; null for a command, or if that account was erased.',
  })
  givenBy!: string | null;

  @ApiProperty({
    ...moment,
    description: 'Accurate to a minute; null if the account has no stored session.',
  })
  lastSeenAt!: string | null;

  @ApiProperty({ ...moment, description: 'When the role was last confirmed.' })
  reviewedAt!: string | null;

  @ApiProperty(id)
  reviewedBy!: string | null;

  @ApiProperty({ format: 'date-time', description: 'When the role must be confirmed again.' })
  reviewDueAt!: string;

  @ApiProperty()
  isReviewDue!: boolean;
}

export class RoleHolderPageView {
  @ApiProperty({ type: [RoleHolderView], description: 'The newest accounts first.' })
  holders!: RoleHolderView[];

  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

/** When the role of an account has to be confirmed. One that was given before this was noted counts from the account. */
export function reviewDueAt(account: Account, interval: number): Date {
  const last = account.roleReviewedAt ?? account.roleSince ?? account.createdAt;
  return new Date(last.getTime() + interval);
}

export function toRoleHolderView(
  account: Account,
  lastSeenAt: Date | undefined,
  interval: number,
): RoleHolderView {
  const dueAt = reviewDueAt(account, interval);
  return {
    userId: account.id,
    username: account.username,
    role: account.role,
    isDisabled: Boolean(account.disabledAt),
    since: (account.roleSince ?? account.createdAt).toISOString(),
    givenBy: account.roleGivenBy ?? null,
    lastSeenAt: lastSeenAt?.toISOString() ?? null,
    reviewedAt: account.roleReviewedAt?.toISOString() ?? null,
    reviewedBy: account.roleReviewedBy ?? null,
    reviewDueAt: dueAt.toISOString(),
    isReviewDue: dueAt.getTime() <= Date.now(),
  };
}
