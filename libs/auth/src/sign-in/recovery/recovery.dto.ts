import { IsPlainText, Trimmed } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { IsNewPassword, PASSWORD_LENGTH } from '../../accounts/credentials/password-length.js';

export class ResetPasswordDto {
  @ApiProperty({ maxLength: 200, description: 'The token from the mail.' })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 200)
  token!: string;

  @ApiProperty({
    minLength: PASSWORD_LENGTH.min,
    maxLength: PASSWORD_LENGTH.max,
    format: 'password',
    example: 'a staple for every horse',
  })
  @IsString()
  @IsPlainText()
  @IsNewPassword()
  password!: string;
}
