import { ApiProperty } from '@nestjs/swagger';

export class QuotaView {
  @ApiProperty({ type: 'integer', minimum: 0 })
  used!: number;

  @ApiProperty({ type: 'integer', minimum: 0 })
  limit!: number;
}
