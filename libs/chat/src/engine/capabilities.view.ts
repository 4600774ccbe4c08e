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
  @ApiProperty({ example: 'add_note', description: 'Sent in a message as /add_note.' })
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty({ type: [CommandArgumentView] })
  arguments!: CommandArgumentView[];
}

export class CapabilitiesView {
  @ApiProperty({ type: [CommandView] })
  commands!: CommandView[];

  @ApiPropertyOptional({ description: 'The command that gets a text without a slash.' })
  defaultCommand?: string;

  @ApiPropertyOptional({
    type: [String],
    example: ['search_nodes'],
    description:
      'The commands that cannot be used now, because their server cannot be reached or they are switched off.',
  })
  unavailable?: string[];
}
