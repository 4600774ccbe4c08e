import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class TokensView {
  @ApiProperty({ format: 'uuid' })
  userId!: string;

  @ApiProperty({
    description: 'For the Authorization header: `Bearer …`, or `DPoP …` where it is bound.',
  })
  accessToken!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ description: 'For one call of /api/auth/refresh. Keep it in the secure storage.' })
  refreshToken!: string;

  @ApiProperty({ format: 'date-time' })
  refreshExpiresAt!: string;

  @ApiPropertyOptional({
    description:
      'Only where this phone had none for the account. Keep it beyond a sign-out and send it as device.token.',
  })
  deviceToken?: string;

  @ApiPropertyOptional({
    enum: ['DPoP'],
    description: 'Only where the tokens are bound to the key of a DPoP proof (RFC 9449).',
  })
  tokenType?: 'DPoP';
}
