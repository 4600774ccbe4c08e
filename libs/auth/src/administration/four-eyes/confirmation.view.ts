import { ApiProperty } from '@nestjs/swagger';
import type { Confirmation } from './confirmation.entity.js';
import { FOUR_EYES_ACTS, type FourEyesAct } from '../settings/four-eyes-act.js';

const id = { type: 'string', format: 'uuid', nullable: true } as const;

export class ConfirmationView {
  @ApiProperty({ format: 'uuid' })
  confirmationId!: string;

  @ApiProperty({ enum: FOUR_EYES_ACTS })
  act!: FourEyesAct;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    example: { userId: '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3d', role: 'admin' },
  })
  arguments!: Record<string, unknown>;

  @ApiProperty({ ...id, description: 'The administrator who requested it; null for a command.' })
  requesterId!: string | null;

  @ApiProperty({ format: 'date-time' })
  requestedAt!: string;

  @ApiProperty({ format: 'date-time' })
  expiresAt!: string;

  @ApiProperty({
    ...id,
    description: 'The administrator who confirmed it; null while it is pending.',
  })
  confirmerId!: string | null;
}

export class ConfirmationPageView {
  @ApiProperty({ type: [ConfirmationView], description: 'The latest first.' })
  confirmations!: ConfirmationView[];

  @ApiProperty({ type: 'string', nullable: true })
  nextCursor!: string | null;
}

export function toConfirmationView(confirmation: Confirmation): ConfirmationView {
  return {
    confirmationId: confirmation.id,
    act: confirmation.act,
    arguments: JSON.parse(confirmation.arguments) as Record<string, unknown>,
    requesterId: confirmation.requesterId ?? null,
    requestedAt: confirmation.requestedAt.toISOString(),
    expiresAt: confirmation.expiresAt.toISOString(),
    confirmerId: confirmation.confirmerId ?? null,
  };
}
