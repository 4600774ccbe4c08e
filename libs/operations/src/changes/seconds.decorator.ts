import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, Max, Min } from 'class-validator';

/** A duration in the API. */
interface SecondsOptions {
  readonly most: number;
  readonly default?: number;
  readonly description: string;
}

/** How long a change holds, in seconds. Used with `@IsOptional()`. */
export function IsSeconds({ most, ...documented }: SecondsOptions): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: most, ...documented }),
    Max(most),
    Min(1),
    IsInt(),
  );
}
