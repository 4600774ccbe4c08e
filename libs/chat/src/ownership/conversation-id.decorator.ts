import { applyDecorators } from '@nestjs/common';
import { ApiProperty } from '@nestjs/swagger';
import { Transform } from 'class-transformer';
import { IsOptional, Matches } from 'class-validator';
import { canonicalConversationId, CONVERSATION_ID } from './conversation-id.js';

/** The id of a conversation, in the API's document. */
export const CONVERSATION_ID_PROPERTY = {
  type: 'string',
  pattern: CONVERSATION_ID.source,
  example: 'conv_1732600000000',
} as const;

/** What the API's document says of the field, beside its form. */
export interface ConversationIdOptions {
  /** @default false */
  readonly optional?: boolean;
  readonly description?: string;
}

/** The id of a conversation in a path or a body, made by the gateway or chosen by the client. Handlers see its canonical form. */
export function IsConversationId(options: ConversationIdOptions = {}): PropertyDecorator {
  const { optional = false, description } = options;
  return applyDecorators(
    ApiProperty({
      ...CONVERSATION_ID_PROPERTY,
      // What has an example is sent by those who try the page out: an optional one is left out.
      ...(optional && { example: undefined }),
      required: !optional,
      ...(description ? { description } : {}),
    }),
    ...(optional ? [IsOptional()] : []),
    Transform(({ value }: { value: unknown }) =>
      typeof value === 'string' ? canonicalConversationId(value) : value,
    ),
    Matches(CONVERSATION_ID, {
      message: '$property must have 1 to 64 letters A-Z and a-z, digits, _ and - only',
    }),
  );
}
