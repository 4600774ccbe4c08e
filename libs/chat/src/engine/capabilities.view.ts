import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class CommandArgumentView {
  @ApiProperty({ example: 'text' })
  name!: string;

  @ApiProperty({ example: 'string' })
  type!: string;

  @ApiProperty()
  required!: boolean;

  @ApiProperty()
  description!: string;
}

export class CommandView {
  @ApiProperty({ example: 'add_note', description: 'Written as /add_note in a message.' })
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty({ type: [CommandArgumentView] })
  arguments!: CommandArgumentView[];
}

export class CapabilitiesView {
  @ApiProperty({ type: [CommandView] })
  commands!: CommandView[];

  @ApiPropertyOptional({ description: 'The command that a text without a slash goes to.' })
  defaultCommand?: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['search_nodes'],
    description:
      'The commands that cannot be used at the moment, because what is behind them cannot be reached.',
  })
  unavailable?: string[];
}
