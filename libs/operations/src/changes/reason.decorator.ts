import { IsPlainText } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';

/** The longest reason. Characters. */
const LONGEST_REASON = 200;

/** Why an operator changes something, for those who ask later. Used with `@Trimmed()`. */
export function IsReason(example: string): PropertyDecorator {
  return applyDecorators(
    ApiProperty({ example, maxLength: LONGEST_REASON }),
    Length(1, LONGEST_REASON),
    IsPlainText(),
    IsString(),
  );
}
