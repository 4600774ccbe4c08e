import { LOG_MODULES, type LogModule, MODULE_LEVELS, type ModuleLevel } from '@app/logging';
import { Trimmed } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { IsReason } from '../changes/reason.decorator.js';
import { IsSeconds } from '../changes/seconds.decorator.js';
import { DEFAULT_DURATION_MS, LONGEST_DURATION_MS } from './log-level-change.service.js';

export class LogLevelParams {
  @ApiProperty({ enum: LOG_MODULES, example: 'Runs' })
  @IsIn(LOG_MODULES)
  module!: LogModule;
}

export class ChangeLogLevelDto {
  @ApiProperty({ enum: MODULE_LEVELS, example: 'debug' })
  @IsIn(MODULE_LEVELS)
  level!: ModuleLevel;

  @Trimmed()
  @IsReason('Answers end early since 14:00')
  reason!: string;

  @IsOptional()
  @IsSeconds({
    most: LONGEST_DURATION_MS / 1_000,
    default: DEFAULT_DURATION_MS / 1_000,
    description: 'The duration.',
  })
  seconds?: number;
}
