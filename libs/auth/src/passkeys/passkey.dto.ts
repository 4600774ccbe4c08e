import { IsPlainText } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, IsUUID, Length, ValidateNested } from 'class-validator';
import { DeviceDto } from '../devices/device.dto.js';
import {
  AuthenticationResponseDto,
  RegistrationResponseDto,
} from './authenticator-response.dto.js';

class PasskeyChallengeDto {
  @ApiProperty({ maxLength: 64, description: 'Of the options that were asked for.' })
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  challenge!: string;
}

/** A passkey's answer to a challenge. */
export class PasskeyAnswerDto extends PasskeyChallengeDto {
  @ApiProperty({ type: AuthenticationResponseDto })
  @IsObject()
  @ValidateNested()
  @Type(() => AuthenticationResponseDto)
  response!: AuthenticationResponseDto;
}

export class PasskeySignInDto extends PasskeyAnswerDto {
  @ApiPropertyOptional({ type: DeviceDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => DeviceDto)
  device?: DeviceDto;
}

export class RegisterPasskeyDto extends PasskeyChallengeDto {
  @ApiProperty({ type: RegistrationResponseDto })
  @IsObject()
  @ValidateNested()
  @Type(() => RegistrationResponseDto)
  response!: RegistrationResponseDto;

  @ApiProperty({ maxLength: 60, example: 'My phone' })
  @IsString()
  @IsPlainText()
  @Length(1, 60)
  name!: string;
}

export class PasskeyParams {
  @IsUUID()
  id!: string;
}
