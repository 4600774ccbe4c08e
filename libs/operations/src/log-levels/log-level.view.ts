import { LOG_MODULES, type LogModule } from '@app/logging';
import { ApiProperty } from '@nestjs/swagger';

const moment = { type: 'string', format: 'date-time', nullable: true } as const;

export class LogLevelView {
  @ApiProperty({ enum: LOG_MODULES })
  module!: LogModule;

  @ApiProperty({ example: 'debug', description: 'The lowest level that is logged now.' })
  level!: string;

  @ApiProperty({ example: 'info', description: 'The configured level.' })
  configuredLevel!: string;

  @ApiProperty({ type: 'string', nullable: true, example: 'Answers end early since 14:00' })
  reason!: string | null;

  @ApiProperty(moment)
  changedAt!: string | null;

  @ApiProperty({ ...moment, description: 'When the configured level applies again.' })
  expiresAt!: string | null;
}
