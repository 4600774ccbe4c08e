import { IsId, IsIdList, IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsISO8601, IsOptional, IsString, Length, Matches } from 'class-validator';
import { IncidentParams } from './incident.dto.js';

/** The most accounts that one call names. */
export const MAX_NAMED_ACCOUNTS = 100;

export class AffectedAccountParams extends IncidentParams {
  @IsId()
  accountId!: string;
}

export class AccountsDto {
  @IsIdList({ max: MAX_NAMED_ACCOUNTS, description: 'Ids without an account are ignored.' })
  accountIds!: string[];
}

export class TraceDto {
  @ApiProperty({ format: 'date-time', example: '2026-11-28T02:00:00Z' })
  @Trimmed()
  @IsString()
  @Length(1, 40)
  @IsISO8601({ strict: true })
  from!: string;

  @ApiProperty({ format: 'date-time', example: '2026-11-28T03:00:00Z' })
  @Trimmed()
  @IsString()
  @Length(1, 40)
  @IsISO8601({ strict: true })
  to!: string;

  @ApiPropertyOptional({
    maxLength: 64,
    example: '203.0.113.9',
    description: 'One address, not a network.',
  })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  address?: string;

  @ApiPropertyOptional({
    maxLength: 60,
    example: 'session.opened',
    description: 'An action of the audit trail.',
  })
  @IsOptional()
  @Matches(/^[a-z_.]{1,60}$/)
  action?: string;

  @IsId({
    optional: true,
    description: 'Finds the account of this session instead of searching the audit trail.',
  })
  sessionId?: string;

  @IsId({
    optional: true,
    description: 'Finds the account of this known device instead of searching the audit trail.',
  })
  deviceId?: string;

  @ApiPropertyOptional({
    enum: ['succeeded', 'any'],
    default: 'succeeded',
    description: 'any: includes refused actions, such as failed sign-ins to accounts.',
  })
  @IsOptional()
  @IsIn(['succeeded', 'any'])
  outcome?: 'succeeded' | 'any';
}
