import { IsId, Trimmed } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Validate } from 'class-validator';
import { IsReason } from '../changes/reason.decorator.js';
import { IsSeconds } from '../changes/seconds.decorator.js';
import { IsNetwork } from './is-network.constraint.js';

/** The longest block that ends by itself: a year. Seconds. */
export const LONGEST_BLOCK_SECONDS = 365 * 86_400;

export class BlockParams {
  @IsId()
  blockId!: string;
}

export class NewBlockDto {
  @ApiProperty({ example: '203.0.113.0/24', maxLength: 64 })
  @Trimmed()
  @IsString()
  @Length(1, 64)
  @Validate(IsNetwork)
  network!: string;

  @Trimmed()
  @IsReason('Password spraying since 14:00')
  reason!: string;

  @IsOptional()
  @IsSeconds({
    most: LONGEST_BLOCK_SECONDS,
    description: 'The duration. Default: until it is removed.',
  })
  seconds?: number;
}
