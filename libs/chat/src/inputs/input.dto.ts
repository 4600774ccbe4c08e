import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsObject, IsOptional, Matches } from 'class-validator';

/** How the id of a question looks: that of its call, and its number. */
const INPUT_ID = /^[0-9]{1,3}(?:-[0-9]{1,3})?\.[0-9]{1,3}$/;

export const INPUT_ACTIONS = ['accept', 'decline', 'cancel'] as const;
export type InputAction = (typeof INPUT_ACTIONS)[number];

export class InputDto {
  @ApiProperty({ example: '1-1.1', pattern: INPUT_ID.source })
  @Matches(INPUT_ID, { message: '$property must be the id of a question' })
  inputId!: string;

  @ApiProperty({
    enum: INPUT_ACTIONS,
    description: 'decline: the user refuses. cancel: the user closes the card without an answer.',
  })
  @IsIn(INPUT_ACTIONS)
  action!: InputAction;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'With accept, for a form: the values of the fields, by their names.',
  })
  @IsOptional()
  @IsObject()
  content?: Record<string, unknown>;
}
