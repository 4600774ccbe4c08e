import { IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import { IsObject, IsOptional, IsString, Length, ValidateNested } from 'class-validator';
import { PasskeyAnswerDto } from '../passkeys/passkey.dto.js';
import { IsTotpCode } from '../second-factor/totp-code.decorator.js';

/** A proof of a second factor: exactly one of the three properties. */
export class FactorProofDto {
  @ApiPropertyOptional({ pattern: '^[0-9]{6}$', description: 'The code of the authenticator app.' })
  @IsOptional()
  @IsTotpCode()
  code?: string;

  @ApiPropertyOptional({ maxLength: 64, description: 'Such as 0123-4567-89AB-CDEF-GHJK-MNPQ.' })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  recoveryCode?: string;

  @ApiPropertyOptional({ type: PasskeyAnswerDto })
  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => PasskeyAnswerDto)
  passkey?: PasskeyAnswerDto;
}

/** Finishes a login that was answered with `second_factor_required`. */
export class CompleteLoginDto extends FactorProofDto {
  @ApiProperty({ maxLength: 64, description: 'The challenge in the answer to the login.' })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  challenge!: string;
}

export class LoginChallengeDto {
  @ApiProperty({ maxLength: 64, description: 'The challenge in the answer to the login.' })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  challenge!: string;
}
