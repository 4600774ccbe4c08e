import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ErrorDetailView {
  @ApiProperty({ example: 'message' })
  field!: string;

  @ApiProperty({ example: 'message must be 1 to 5000 characters long' })
  message!: string;
}

export class FullQuotaView {
  @ApiProperty({ example: 'messages', description: 'A name of `GET /api/me/usage`.' })
  name!: string;

  @ApiProperty({ type: 'integer' })
  used!: number;

  @ApiProperty({ type: 'integer' })
  limit!: number;
}

/** The credentials that a refusal may ask for. */
const METHODS = ['password', 'totp', 'passkey', 'recovery_code'] as const;

export class ErrorView {
  /** The document of the whole API replaces the type by the list of all codes. */
  @ApiProperty({ example: 'rate_limited' })
  code!: string;

  @ApiProperty({
    description: 'A message to show to the user.',
    example: 'Too many requests. Try again later.',
  })
  message!: string;

  @ApiProperty({ description: 'Quote it when you report a problem.' })
  requestId!: string;

  @ApiPropertyOptional({ type: [ErrorDetailView] })
  details?: ErrorDetailView[];

  @ApiPropertyOptional({
    description: 'The conversation in which a failed chat message was stored: retry it there.',
  })
  conversationId?: string;

  @ApiPropertyOptional({
    maxLength: 64,
    description: 'With `second_factor_required`: send it together with the second factor.',
  })
  challenge?: string;

  @ApiPropertyOptional({
    type: [String],
    enum: METHODS,
    description:
      'With `second_factor_required` and `step_up_required`: the accepted credentials. One of them is enough.',
  })
  methods?: (typeof METHODS)[number][];

  @ApiPropertyOptional({
    type: 'integer',
    description: 'With each 429 and 503: seconds to wait, as in the header Retry-After.',
  })
  retryAfter?: number;

  @ApiPropertyOptional({ description: 'With `quota_exceeded`: the quota that is used up.' })
  quota?: FullQuotaView;
}

/** The shape of every answer that is not a success. */
export class ErrorEnvelope {
  @ApiProperty({ enum: [false] })
  success!: boolean;

  @ApiProperty()
  error!: ErrorView;
}
