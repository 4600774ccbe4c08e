import { ApiProperty } from '@nestjs/swagger';
import type { Consent } from './consent.entity.js';

export class ConsentView {
  @ApiProperty({ format: 'uuid' })
  consentId!: string;

  @ApiProperty({ example: 'analytics' })
  purpose!: string;

  @ApiProperty({ example: '2026-11' })
  version!: string;

  @ApiProperty({ format: 'date-time' })
  givenAt!: string;

  @ApiProperty({
    type: 'string',
    format: 'date-time',
    nullable: true,
    description:
      'Null while the consent is valid; set when it is withdrawn or replaced by a consent to another version.',
  })
  withdrawnAt!: string | null;
}

export function toConsentView({
  id,
  purpose,
  version,
  givenAt,
  withdrawnAt,
}: Consent): ConsentView {
  return {
    consentId: id,
    purpose,
    version,
    givenAt: givenAt.toISOString(),
    withdrawnAt: withdrawnAt?.toISOString() ?? null,
  };
}
