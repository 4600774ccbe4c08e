import { LIMIT_NAMES, type LimitName, Trimmed } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, Max, Min } from 'class-validator';
import { IsReason } from '../changes/reason.decorator.js';
import { IsSeconds } from '../changes/seconds.decorator.js';

/** The longest change that ends by itself: 90 days. Seconds. */
const LONGEST_CHANGE_SECONDS = 90 * 86_400;

export class LimitParams {
  @ApiProperty({ enum: LIMIT_NAMES, example: 'chat' })
  @IsIn(LIMIT_NAMES)
  limit!: LimitName;
}

export class ChangeLimitDto {
  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000_000_000 })
  @IsInt()
  @Min(1)
  @Max(1_000_000_000)
  hits!: number;

  @Trimmed()
  @IsReason('Stuffing since 14:00')
  reason!: string;

  @IsOptional()
  @IsSeconds({
    most: LONGEST_CHANGE_SECONDS,
    description: 'The duration. Default: until it is reset.',
  })
  seconds?: number;
}
