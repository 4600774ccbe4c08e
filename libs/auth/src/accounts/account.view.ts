import { type Role, ROLES } from '@app/access';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Account } from './account.entity.js';

export class AccountView {
  @ApiProperty({ format: 'uuid' })
  userId!: string;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: 'ada',
    description: 'Null for a device without an account.',
  })
  username!: string | null;

  @ApiProperty({ enum: ROLES })
  role!: Role;

  @ApiProperty({ description: 'Whether this is a device without an account.' })
  isAnonymous!: boolean;

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: 'ada@example.org',
    description: 'The verified address; if there is none, the address that is not verified yet.',
  })
  email!: string | null;

  @ApiProperty()
  emailVerified!: boolean;

  @ApiPropertyOptional({ description: 'Replaces the verified address once it is verified.' })
  pendingEmail?: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiPropertyOptional({
    format: 'date-time',
    description: 'When all data of the user is erased, unless the deletion is cancelled.',
  })
  deletionDueAt?: string;
}

/** `pendingEmail` is the address that awaits verification, if there is one. */
export function toAccountView(account: Account, pendingEmail?: string): AccountView {
  const isVerified = Boolean(account.emailVerifiedAt);
  return {
    userId: account.id,
    username: account.isAnonymous ? null : account.username,
    role: account.role,
    isAnonymous: account.isAnonymous,
    email: account.email ?? pendingEmail ?? null,
    emailVerified: isVerified,
    ...(isVerified && pendingEmail ? { pendingEmail } : {}),
    createdAt: account.createdAt.toISOString(),
    ...(account.deletionDueAt ? { deletionDueAt: account.deletionDueAt.toISOString() } : {}),
  };
}
