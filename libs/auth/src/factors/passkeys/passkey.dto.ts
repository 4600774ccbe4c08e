import { IsId, IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { DeviceDto } from '../../sessions/devices/device.dto.js';
import {
  AuthenticationResponseDto,
  AuthenticatorJson,
  RegistrationResponseDto,
} from './authenticator-response.dto.js';

class PasskeyChallengeDto {
  @ApiProperty({ maxLength: 64, description: 'The challenge of the requested options.' })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  challenge!: string;
}

/** The response of a passkey to a challenge. */
export class PasskeyAnswerDto extends PasskeyChallengeDto {
  @AuthenticatorJson(AuthenticationResponseDto)
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
  @AuthenticatorJson(RegistrationResponseDto)
  response!: RegistrationResponseDto;

  @ApiProperty({ maxLength: 60, example: 'My phone' })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 60)
  name!: string;
}

export class PasskeyParams {
  @IsId({ description: 'The passkeyId.' })
  id!: string;
}
