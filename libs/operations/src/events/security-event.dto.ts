import { IsId, ListQuery } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsIP, IsOptional, Matches } from 'class-validator';
import { SEVERITIES, type Severity } from './severity.js';

export class SecurityEventParams {
  @IsId()
  eventId!: string;
}

export class SecurityEventsQuery extends ListQuery {
  @ApiPropertyOptional({ maxLength: 40, example: 'password-spraying' })
  @IsOptional()
  @Matches(/^[a-z-]{1,40}$/)
  rule?: string;

  @ApiPropertyOptional({
    enum: SEVERITIES,
    description: 'The least severity: events of this severity or higher.',
  })
  @IsOptional()
  @IsIn(SEVERITIES)
  severity?: Severity;

  @ApiPropertyOptional({ enum: ['open', 'acknowledged'] })
  @IsOptional()
  @IsIn(['open', 'acknowledged'])
  state?: 'open' | 'acknowledged';

  @IsId({ optional: true, description: 'Only events about this account.' })
  accountId?: string;

  @ApiPropertyOptional({ maxLength: 45, description: 'Only events about this address.' })
  @IsOptional()
  @IsIP()
  address?: string;
}
