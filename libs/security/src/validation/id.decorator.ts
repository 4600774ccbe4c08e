import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { ArrayMaxSize, ArrayMinSize, IsArray, IsOptional, IsUUID } from 'class-validator';

/** What the API's document says of the field, beside its format. */
export interface IdOptions {
  /** @default false */
  readonly optional?: boolean;
  readonly description?: string;
}

export interface IdListOptions extends IdOptions {
  readonly max: number;
  /** @default 1 */
  readonly min?: number;
}

/**
 * An id of the gateway in a path, a query or a body. It is parsed here, once: a UUID is the same in either case of its letters
 * (RFC 9562 §4), and handlers see it in lower case only, as it is compared, stored and recorded.
 */
export function IsId({ optional = false, description }: IdOptions = {}): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ format: 'uuid', required: !optional, ...(description ? { description } : {}) }),
    ...(optional ? [IsOptional()] : []),
    Transform(({ value }: { value: unknown }) => canonicalId(value)),
    IsUUID(),
  );
}

/** Several ids of the gateway in a body, each parsed as `IsId` does. */
export function IsIdList({
  max,
  min = 1,
  optional = false,
  description,
}: IdListOptions): PropertyDecorator {
  return applyDecorators(
    ApiProperty({
      type: 'array',
      items: { type: 'string', format: 'uuid' },
      minItems: min,
      maxItems: max,
      required: !optional,
      ...(description ? { description } : {}),
    }),
    ...(optional ? [IsOptional()] : []),
    Transform(({ value }: { value: unknown }) =>
      Array.isArray(value) ? value.map(canonicalId) : value,
    ),
    IsArray(),
    ArrayMinSize(min),
    ArrayMaxSize(max),
    IsUUID(undefined, { each: true, message: '$property must be ids' }),
  );
}

function canonicalId(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
