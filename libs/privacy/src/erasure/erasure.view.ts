import { ApiProperty } from '@nestjs/swagger';

export class DeletionView {
  @ApiProperty({
    format: 'date-time',
    description: 'Until then the person can sign in again and call /api/me/restore.',
  })
  deletionDueAt!: string;
}
