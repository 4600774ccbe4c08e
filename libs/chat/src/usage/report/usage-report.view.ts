import { ApiProperty } from '@nestjs/swagger';
import { UsedTokensView } from '../used-tokens.view.js';

export class UsageRowView extends UsedTokensView {
  @ApiProperty({ description: 'The day, or the id of the assistant, the account or the model.' })
  key!: string;
}

export class UsageReportView {
  @ApiProperty({ format: 'date' })
  from!: string;

  @ApiProperty({ format: 'date' })
  to!: string;

  @ApiProperty({
    type: [UsageRowView],
    description: 'The latest day first; otherwise the most tokens first.',
  })
  rows!: UsageRowView[];

  @ApiProperty({ description: 'Whether there are more rows than requested.' })
  hasMore!: boolean;
}
