import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** Where to go from here: addresses that are relative to the one that was asked. */
export class WelcomeView {
  @ApiProperty({ example: 'MCP Phone gateway' })
  name!: string;

  @ApiPropertyOptional({
    example: 'docs',
    description: 'The address of the API reference; absent if it is not served.',
  })
  docs?: string;

  @ApiPropertyOptional({
    example: 'docs/openapi.json',
    description: 'The address of the OpenAPI document; absent if it is not served.',
  })
  openapi?: string;

  @ApiProperty({ example: 'health' })
  health!: string;
}

export class AliveView {
  @ApiProperty({ example: 'ok' })
  status!: string;
}
