import { ApiProperty } from '@nestjs/swagger';

export class DeletionView {
  @ApiProperty({
    format: 'date-time',
    description: 'Before this time the user can sign in again and call /api/me/restore.',
  })
  deletionDueAt!: string;
}
