import { IsId, IsPageLimit } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';

export const USAGE_GROUPS = ['day', 'profile', 'user', 'model'] as const;
export type UsageGroup = (typeof USAGE_GROUPS)[number];

/** In UTC, as it is stored. */
export const DAY = /^20\d\d-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])$/;

const day = { format: 'date', example: '2026-11-27' };

export class UsageReportQuery {
  @ApiPropertyOptional({ enum: USAGE_GROUPS, default: 'day' })
  @IsOptional()
  @IsIn(USAGE_GROUPS)
  by?: UsageGroup;

  @ApiPropertyOptional({ ...day, description: 'The first day, UTC. Default: 30 days ago.' })
  @IsOptional()
  @Matches(DAY)
  from?: string;

  @ApiPropertyOptional({ ...day, description: 'The last day, UTC. Default: today.' })
  @IsOptional()
  @Matches(DAY)
  to?: string;

  @IsId({ optional: true, description: 'Only the usage of this account.' })
  userId?: string;

  @ApiPropertyOptional({ maxLength: 41, description: 'Only the usage with this assistant.' })
  @IsOptional()
  @Matches(/^[a-z][a-z0-9-]{0,40}$/)
  profileId?: string;

  @IsPageLimit()
  limit?: string;
}
