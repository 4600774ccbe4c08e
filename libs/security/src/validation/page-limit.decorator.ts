import { applyDecorators } from '@nestjs/common';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';

/** How many rows a page has, as a parameter of the address: 1 to 100. Absent, 50. */
export function IsPageLimit(): PropertyDecorator {
  return applyDecorators(
    ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 50 }),
    IsOptional(),
    Matches(/^([1-9]\d?|100)$/, { message: '$property must be a number from 1 to 100' }),
  );
}
