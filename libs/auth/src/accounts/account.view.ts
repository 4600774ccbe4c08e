import { ApiProperty } from '@nestjs/swagger';
import type { Account } from './account.entity.js';

export class AccountView {
  @ApiProperty({ format: 'uuid' })
  userId!: string;

  @ApiProperty({ example: 'ada' })
  username!: string;

  @ApiProperty({ enum: ['user', 'admin'] })
  role!: string;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;
}

export function toAccountView(account: Account): AccountView {
  return {
    userId: account.id,
    username: account.username,
    role: account.role,
    createdAt: account.createdAt.toISOString(),
  };
}
