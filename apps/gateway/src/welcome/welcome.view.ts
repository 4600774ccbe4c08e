import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Where to go from here: addresses that are relative to the one that was asked. */
export class WelcomeView {
  @ApiProperty({ example: 'MCP Phone gateway' })
  name!: string;

  @ApiPropertyOptional({ example: 'docs', description: 'The API page, where it is served.' })
  docs?: string;

  @ApiPropertyOptional({ example: 'docs/openapi.json', description: 'The same for generators.' })
  openapi?: string;

  @ApiProperty({ example: 'health' })
  health!: string;
}

export class AliveView {
  @ApiProperty({ example: 'ok' })
  status!: string;
}
