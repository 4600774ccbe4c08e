import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, IsUUID } from 'class-validator';

/** What the API's document says of the field, beside its format. */
export interface IdOptions {
  /** @default false */
  readonly optional?: boolean;
  readonly description?: string;
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

function canonicalId(value: unknown): unknown {
  return typeof value === 'string' ? value.toLowerCase() : value;
}
