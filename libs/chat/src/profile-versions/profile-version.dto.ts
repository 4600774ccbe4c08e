import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';

const MOST_VERSIONS = 1_000_000_000;

export class RollbackDto {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: MOST_VERSIONS,
    description: 'The version to return to. Default: the previous one.',
  })
  @IsOptional()
  @IsInt()
  @Min(1)
  @Max(MOST_VERSIONS)
  version?: number;
}
