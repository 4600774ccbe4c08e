import { IsPlainText } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { PASSWORD_LENGTH } from '../credentials/password-policy.js';

export class RegisterDto {
  @ApiProperty({
    minLength: 3,
    maxLength: 64,
    description:
      'Letters and digits of any script, and . _ - + @; upper and lower case are the same.',
    example: 'ada',
  })
  @IsString()
  @IsPlainText()
  @Length(3, 64)
  @Matches(/^(?!.*\p{Default_Ignorable_Code_Point})[\p{L}\p{N}][\p{L}\p{N}\p{M}._+@-]*$/u, {
    message: 'username may hold letters, digits and . _ - + @, and starts with a letter or digit',
  })
  username!: string;

  @ApiProperty({
    minLength: PASSWORD_LENGTH.min,
    maxLength: PASSWORD_LENGTH.max,
    description: 'Characters of any script; the most common passwords are refused.',
    example: 'correct horse battery',
  })
  @IsString()
  @IsPlainText()
  @Length(PASSWORD_LENGTH.min, PASSWORD_LENGTH.max)
  password!: string;
}

/** Looser than registration: what is not an account's name or password is simply wrong. */
export class LoginDto {
  @ApiProperty({ maxLength: 64, example: 'ada' })
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  username!: string;

  @ApiProperty({ maxLength: PASSWORD_LENGTH.max, example: 'correct horse battery' })
  @IsString()
  @IsPlainText()
  @Length(1, PASSWORD_LENGTH.max)
  password!: string;
}

export class RefreshDto {
  @ApiProperty({ maxLength: 200 })
  @IsString()
  @IsPlainText()
  @Length(1, 200)
  refreshToken!: string;
}
