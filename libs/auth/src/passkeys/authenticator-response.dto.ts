import { IsPlainText } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  IsArray,
  IsBase64,
  IsIn,
  IsInt,
  IsObject,
  IsOptional,
  IsString,
  Length,
  ValidateNested,
} from 'class-validator';

/** The longest credential id in base64url: 1023 bytes (WebAuthn L3 §4, Credential ID). */
const LONGEST_ID = 1364;

/** An attestation object of a phone has one or two kilobytes, with post-quantum keys a few more. */
const LONGEST_PART = 16_384;

/** A string in base64url, without padding. */
function IsBase64Url(longest: number, { optional = false } = {}): PropertyDecorator {
  const decorators = [
    ApiProperty({ maxLength: longest, pattern: '^[A-Za-z0-9_-]+$', required: !optional }),
    ...(optional ? [IsOptional()] : []),
    IsString(),
    IsPlainText(),
    Length(1, longest),
    IsBase64({ urlSafe: true, padding: false }),
  ];
  return (target, property) => decorators.forEach((decorate) => decorate(target, property));
}

/** What both dictionaries of WebAuthn L3 §5.1 have in common. What is not used is taken and left alone. */
class PublicKeyCredentialDto {
  @IsBase64Url(LONGEST_ID)
  id!: string;

  @IsBase64Url(LONGEST_ID)
  rawId!: string;

  @ApiProperty({ enum: ['public-key'] })
  @IsIn(['public-key'])
  type!: 'public-key';

  @ApiPropertyOptional({ enum: ['platform', 'cross-platform'] })
  @IsOptional()
  @IsIn(['platform', 'cross-platform'])
  authenticatorAttachment?: 'platform' | 'cross-platform';

  @ApiPropertyOptional({ type: 'object', additionalProperties: true })
  @IsOptional()
  @IsObject()
  clientExtensionResults?: Record<string, unknown>;
}

export class AttestationDto {
  @IsBase64Url(LONGEST_PART)
  clientDataJSON!: string;

  @IsBase64Url(LONGEST_PART)
  attestationObject!: string;

  @ApiPropertyOptional({ type: [String], example: ['internal', 'hybrid'] })
  @IsOptional()
  @IsArray()
  @ArrayMaxSize(10)
  @IsString({ each: true })
  @Length(1, 32, { each: true })
  transports?: string[];

  @IsBase64Url(LONGEST_PART, { optional: true })
  authenticatorData?: string;

  @IsBase64Url(LONGEST_PART, { optional: true })
  publicKey?: string;

  @ApiPropertyOptional({ type: 'integer' })
  @IsOptional()
  @IsInt()
  publicKeyAlgorithm?: number;
}

export class AssertionDto {
  @IsBase64Url(LONGEST_PART)
  clientDataJSON!: string;

  @IsBase64Url(LONGEST_PART)
  authenticatorData!: string;

  @IsBase64Url(LONGEST_PART)
  signature!: string;

  @IsBase64Url(LONGEST_ID, { optional: true })
  userHandle?: string;
}

/** `RegistrationResponseJSON` of WebAuthn L3 §5.1. */
export class RegistrationResponseDto extends PublicKeyCredentialDto {
  @ApiProperty({ type: AttestationDto })
  @ValidateNested()
  @Type(() => AttestationDto)
  @IsObject()
  response!: AttestationDto;
}

/** `AuthenticationResponseJSON` of WebAuthn L3 §5.1. */
export class AuthenticationResponseDto extends PublicKeyCredentialDto {
  @ApiProperty({ type: AssertionDto })
  @ValidateNested()
  @Type(() => AssertionDto)
  @IsObject()
  response!: AssertionDto;
}
