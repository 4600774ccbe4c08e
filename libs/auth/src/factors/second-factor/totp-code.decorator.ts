import { applyDecorators } from '@nestjs/common';
import { Transform } from 'class-transformer';
import { Matches } from 'class-validator';
import { plainTotpCode } from './totp-code-text.js';

/** Validates a code of six digits, in any spelling that `plainTotpCode` accepts. */
export function IsTotpCode(): PropertyDecorator {
  return applyDecorators(
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? plainTotpCode(value) : value,
    ),
    Matches(/^[0-9]{6}$/, { message: 'code must be six digits' }),
  );
}
