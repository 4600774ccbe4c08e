import { IsId, IsPlainText, ListQuery, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import type { StoredState } from '../store/server-connection.entity.js';
import { STORED_STATES } from './account-connection.view.js';

export const CONNECTION_SORTS = ['newest', 'oldest'] as const;

/** What the ids of assistants and the names of their servers look like. */
export const PART_NAME = /^[a-zA-Z0-9][\w.-]{0,63}$/;

const LONGEST_REASON = 200;

export class AccountConnectionParams {
  @IsId()
  grantId!: string;
}

export class AccountConnectionsQuery extends ListQuery {
  @IsId({ optional: true, description: 'Only connections of this account.' })
  accountId?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Only connections of this assistant.' })
  @IsOptional()
  @Matches(PART_NAME)
  profileId?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Only connections to servers of this name.' })
  @IsOptional()
  @Matches(PART_NAME)
  server?: string;

  @ApiPropertyOptional({ enum: STORED_STATES })
  @IsOptional()
  @IsIn(STORED_STATES)
  state?: StoredState;

  @ApiPropertyOptional({ enum: CONNECTION_SORTS, default: 'newest' })
  @IsOptional()
  @IsIn(CONNECTION_SORTS)
  sort?: (typeof CONNECTION_SORTS)[number];
}

export class RevokeConnectionQuery {
  @ApiProperty({ example: 'The phone was stolen', maxLength: LONGEST_REASON })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, LONGEST_REASON)
  reason!: string;
}
