import { IsPlainText } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Matches } from 'class-validator';

/** Six ASCII digits, as an authenticator app shows them. */
export const TOTP_CODE = /^[0-9]{6}$/;

export class ConfirmTotpDto {
  @ApiProperty({ pattern: '^[0-9]{6}$', example: '123456' })
  @IsString()
  @IsPlainText()
  @Matches(TOTP_CODE, { message: 'code must be six digits' })
  code!: string;
}
