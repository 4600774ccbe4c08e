import { IsPlainText } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString } from 'class-validator';
import {
  IsNewPassword,
  IsTypedPassword,
  LONGEST_TYPED_PASSWORD,
  PASSWORD_LENGTH,
} from '../../accounts/credentials/password-length.js';

export class ChangePasswordDto {
  @ApiProperty({
    maxLength: LONGEST_TYPED_PASSWORD,
    format: 'password',
    example: 'correct horse battery',
  })
  @IsString()
  @IsPlainText()
  @IsTypedPassword()
  currentPassword!: string;

  @ApiProperty({
    minLength: PASSWORD_LENGTH.min,
    maxLength: PASSWORD_LENGTH.max,
    format: 'password',
    example: 'a staple for every horse',
  })
  @IsString()
  @IsPlainText()
  @IsNewPassword()
  newPassword!: string;
}
