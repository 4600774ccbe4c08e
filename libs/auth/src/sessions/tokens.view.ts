import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

export class TokensView {
  @ApiProperty({ format: 'uuid' })
  userId!: string;

  @ApiProperty({
    description: 'For the Authorization header: `Bearer …`, or `DPoP …` if it is bound to a key.',
  })
  accessToken!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({
    description: 'For one call of /api/auth/refresh. Keep it in the secure storage of the phone.',
  })
  refreshToken!: string;

  @ApiProperty({ format: 'date-time' })
  refreshExpiresAt!: string;

  @ApiPropertyOptional({
    description:
      'Only if this phone had none for the account. Keep it after a sign-out, and send it as device.token.',
  })
  deviceToken?: string;

  @ApiPropertyOptional({
    enum: ['DPoP'],
    description: 'Only if the tokens are bound to the key of a DPoP proof (RFC 9449).',
  })
  tokenType?: 'DPoP';
}
