import { ApiProperty } from '@nestjs/swagger';
import { IncidentActionView } from './incident.view.js';

export class ContainedActionView extends IncidentActionView {
  @ApiProperty({
    description:
      'Nothing was done: the action is already in force, or another call is executing it.',
  })
  wasThere!: boolean;
}

export class ContainmentView {
  @ApiProperty({ description: 'Whether all actions are in force.' })
  isContained!: boolean;

  @ApiProperty({ type: [ContainedActionView] })
  actions!: ContainedActionView[];
}

export class TraceView {
  @ApiProperty({ description: 'How many accounts were found.' })
  found!: number;

  @ApiProperty({ description: 'How many of them are new in the list.' })
  added!: number;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description:
      'Set if the search stopped because there were too many records: search again from this time.',
  })
  readUntil!: string | null;
}
