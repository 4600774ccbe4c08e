import { ApiProperty } from '@nestjs/swagger';
import { IsTotpCode } from './totp-code.decorator.js';

export class ConfirmTotpDto {
  @ApiProperty({ pattern: '^[0-9]{6}$', example: '123456' })
  @IsTotpCode()
  code!: string;
}
