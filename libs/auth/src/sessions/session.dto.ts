import { ApiProperty } from '@nestjs/swagger';
import { IsUUID } from 'class-validator';

export class SessionParams {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  sessionId!: string;
}
