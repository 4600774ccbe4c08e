import { LONGEST_ADDRESS } from '@app/mail';
import { IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, Length, Matches, ValidateNested } from 'class-validator';
import {
  IsNewPassword,
  IsTypedPassword,
  LONGEST_TYPED_PASSWORD,
  PASSWORD_LENGTH,
} from '../accounts/credentials/password-length.js';
import { IsMailAddress } from '../accounts/email/is-mail-address.decorator.js';
import { USERNAME, USERNAME_LENGTH } from '../accounts/username.js';
import { DeviceDto } from '../sessions/devices/device.dto.js';

export class RegisterDto {
  @ApiProperty({
    minLength: USERNAME_LENGTH.min,
    maxLength: USERNAME_LENGTH.max,
    description: 'Letters and digits of any script, and . _ - + @; not case-sensitive.',
    example: 'grace',
  })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(USERNAME_LENGTH.min, USERNAME_LENGTH.max)
  @Matches(USERNAME, {
    message: 'username may hold letters, digits and . _ - + @, and starts with a letter or digit',
  })
  username!: string;

  @ApiProperty({
    minLength: PASSWORD_LENGTH.min,
    maxLength: PASSWORD_LENGTH.max,
    description: 'Characters of any script; weak passwords are refused.',
    example: 'correct horse battery',
  })
  @IsString()
  @IsPlainText()
  @IsNewPassword()
  password!: string;

  @ApiPropertyOptional({
    maxLength: LONGEST_ADDRESS,
    example: 'grace@example.org',
    description:
      'A mail to this address explains how to verify it. Required if the operator configures it.',
  })
  @IsOptional()
  @Trimmed()
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

/** Looser than registration: input outside the policy is answered as wrong credentials. */
export class LoginDto {
  @ApiProperty({ maxLength: 64, example: 'grace' })
  @Trimmed()
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
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 200)
  refreshToken!: string;

  @ApiPropertyOptional({
    description: 'With the device token a renewal whose answer was lost can be repeated later.',
  })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DeviceDto)
  device?: DeviceDto;
}
