import { LONGEST_ADDRESS } from '@app/mail';
import { IsPlainText } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import {
  IsNewPassword,
  IsTypedPassword,
  LONGEST_TYPED_PASSWORD,
  PASSWORD_LENGTH,
} from '../credentials/password-length.js';
import { DeviceDto } from '../devices/device.dto.js';
import { IsMailAddress } from '../email/is-mail-address.decorator.js';

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
    description: 'Characters of any script; what is easy to guess is refused.',
    example: 'correct horse battery',
  })
  @IsString()
  @IsPlainText()
  @IsNewPassword()
  password!: string;

  @ApiPropertyOptional({
    maxLength: LONGEST_ADDRESS,
    example: 'ada@example.org',
    description: 'Where a mail says how to verify it. Required where the operator says so.',
  })
  @IsOptional()
  @IsString()
  @IsPlainText()
  @Length(3, LONGEST_ADDRESS)
  @IsMailAddress()
  email?: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DeviceDto)
  device?: DeviceDto;
}

/** Looser than registration: what is not an account's name or password is simply wrong. */
export class LoginDto {
  @ApiProperty({ maxLength: 64, example: 'ada' })
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  username!: string;

  @ApiProperty({ maxLength: LONGEST_TYPED_PASSWORD, example: 'correct horse battery' })
  @IsString()
  @IsPlainText()
  @IsTypedPassword()
  password!: string;

  @ApiPropertyOptional()
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DeviceDto)
  device?: DeviceDto;
}

export class RefreshDto {
  @ApiProperty({ maxLength: 200 })
  @IsString()
  @IsPlainText()
  @Length(1, 200)
  refreshToken!: string;
}
