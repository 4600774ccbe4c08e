import type { McpField } from '@app/mcp';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import {
  INPUT_KINDS,
  INPUT_STATES,
  type InputKind,
  type InputState,
  type RunInput,
} from './run-input.entity.js';

const FIELD_TYPES = ['text', 'number', 'integer', 'boolean', 'choice', 'choices'] as const;
const TEXT_FORMATS = ['email', 'uri', 'date', 'date-time'] as const;

export class InputOptionView {
  @ApiProperty()
  value!: string;

  @ApiProperty()
  title!: string;
}

export class InputFieldView {
  @ApiProperty({ example: 'seats', description: 'The name of the field in `content`.' })
  name!: string;

  @ApiProperty({ example: 'Seats' })
  title!: string;

  @ApiPropertyOptional()
  description?: string;

  @ApiProperty()
  isRequired!: boolean;

  @ApiProperty({
    enum: FIELD_TYPES,
    description:
      'choice: one of `options`, as text. choices: a list of `options`, without repetitions.',
  })
  type!: (typeof FIELD_TYPES)[number];

  @ApiPropertyOptional({ enum: TEXT_FORMATS })
  format?: (typeof TEXT_FORMATS)[number];

  @ApiPropertyOptional()
  minLength?: number;

  @ApiPropertyOptional()
  maxLength?: number;

  @ApiPropertyOptional()
  minimum?: number;

  @ApiPropertyOptional()
  maximum?: number;

  @ApiPropertyOptional()
  minItems?: number;

  @ApiPropertyOptional()
  maxItems?: number;

  @ApiPropertyOptional({ type: [InputOptionView] })
  options?: InputOptionView[];

  @ApiPropertyOptional({
    description: 'The value to show before the user enters one.',
    oneOf: [
      { type: 'string' },
      { type: 'number' },
      { type: 'boolean' },
      { type: 'array', items: { type: 'string' } },
    ],
  })
  default?: string | number | boolean | readonly string[];
}

/** A card that asks the person for something that a tool needs. */
export class InputView {
  @ApiProperty({ example: '1-1.1', description: 'Unique within the run.' })
  inputId!: string;

  @ApiProperty({ example: '1-1', description: 'The tool call that waits for the answer.' })
  callId!: string;

  @ApiProperty({
    enum: INPUT_KINDS,
    description:
      'form: show `fields`. url: show the complete `url` and its `host` before you open it. connection: connect `connectionId`; the run then continues by itself.',
  })
  kind!: InputKind;

  @ApiProperty({ example: 'Book a table' })
  title!: string;

  @ApiProperty({ description: 'The question of the tool, in its own words.' })
  message!: string;

  @ApiPropertyOptional({ type: [InputFieldView] })
  fields?: InputFieldView[];

  @ApiPropertyOptional({ example: 'https://accounts.example/authorize?state=1' })
  url?: string;

  @ApiPropertyOptional({ example: 'accounts.example' })
  host?: string;

  @ApiPropertyOptional({
    example: 'pBOQ8vFQ0Ic3QGdGJkHpJQ',
    description: 'For the kind connection: an id of `GET /api/connections`.',
  })
  connectionId?: string;

  @ApiProperty({
    enum: INPUT_STATES,
    description:
      'dismissed: the user closed it without an answer. expired: not answered in time. withdrawn: the run ended before the answer.',
  })
  state!: InputState;

  @ApiProperty({ format: 'date-time' })
  createdAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  decidedAt!: string | null;
}

/** Without what was entered. */
export function toInputView(input: RunInput): InputView {
  const { inputId, callId, kind, title, message, url, connectionId, state } = input;
  const { createdAt, expiresAt, decidedAt } = input;
  return {
    inputId,
    callId,
    kind,
    title,
    message,
    ...(typeof input.fields === 'string' && { fields: fieldsOf(input) as InputFieldView[] }),
    ...(typeof url === 'string' && { url, host: new URL(url).host }),
    ...(typeof connectionId === 'string' && { connectionId }),
    state,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt.toISOString(),
    decidedAt: decidedAt?.toISOString() ?? null,
  };
}

export function fieldsOf({ fields }: Pick<RunInput, 'fields'>): readonly McpField[] {
  return JSON.parse(fields ?? '[]') as McpField[];
}
