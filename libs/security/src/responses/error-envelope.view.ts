import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class ErrorDetailView {
  @ApiProperty({ example: 'message' })
  field!: string;

  @ApiProperty({ example: 'message must be 1 to 5000 characters long' })
  message!: string;
}

export class ErrorView {
  @ApiProperty({ description: 'Stable; the list is in docs/api.md.', example: 'rate_limited' })
  code!: string;

  @ApiProperty({ description: 'For a person.', example: 'Too many requests. Try again later.' })
  message!: string;

  @ApiProperty({ description: 'Name it when you ask for help.' })
  requestId!: string;

  @ApiPropertyOptional({ type: [ErrorDetailView] })
  details?: ErrorDetailView[];

  @ApiPropertyOptional({
    description: 'Where a failed chat message was stored: retry it in the same conversation.',
  })
  conversationId?: string;
}

/** The shape of every answer that is not a success. */
export class ErrorEnvelope {
  @ApiProperty({ enum: [false] })
  success!: boolean;

  @ApiProperty()
  error!: ErrorView;
}
