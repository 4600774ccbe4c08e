import { LIMIT_NAMES, type LimitName } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';

const moment = { type: 'string', format: 'date-time', nullable: true } as const;

export class LimitView {
  @ApiProperty({ enum: LIMIT_NAMES })
  name!: LimitName;

  @ApiProperty({ type: 'integer', description: 'How many calls a window allows now.' })
  hits!: number;

  @ApiProperty({ type: 'integer', description: 'How many calls a window allows by configuration.' })
  configuredHits!: number;

  @ApiProperty({ type: 'integer' })
  windowSeconds!: number;

  @ApiProperty({ type: 'string', nullable: true, example: 'Stuffing since 14:00' })
  reason!: string | null;

  @ApiProperty(moment)
  changedAt!: string | null;

  @ApiProperty({ ...moment, description: 'When the configured limit applies again.' })
  expiresAt!: string | null;
}
