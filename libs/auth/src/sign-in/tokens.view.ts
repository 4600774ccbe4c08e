import { ApiProperty } from '@nestjs/swagger';

export class TokensView {
  @ApiProperty({ format: 'uuid' })
  userId!: string;

  @ApiProperty({ description: 'For the Authorization header: `Bearer …`.' })
  accessToken!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({ description: 'For one call of /api/auth/refresh. Keep it in the secure storage.' })
  refreshToken!: string;

  @ApiProperty({ format: 'date-time' })
  refreshExpiresAt!: string;
}
