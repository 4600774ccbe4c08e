import { IsPlainText } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { plainToInstance, Transform, Type } from 'class-transformer';
import {
  IsArray,
  IsBase64,
  IsIn,
  IsObject,
  IsOptional,
  IsString,
  Length,
  ValidateNested,
} from 'class-validator';
import { knownCredential } from './authenticator-json.js';

/** The longest credential id in base64url: 1023 bytes (WebAuthn L3 §4, Credential ID). */
const LONGEST_ID = 1364;

/**
 * The longest member of a response. Attestation objects of phones have 1 to 2 kB, with post-quantum keys more.
 * Characters.
 */
const LONGEST_PART = 16_384;

/** Validates a string in base64url without padding. */
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

/** A credential of WebAuthn L3 §5.1. Unknown members are removed before it is validated. */
export function AuthenticatorJson<Dto extends object>(dto: new () => Dto): PropertyDecorator {
  const decorators = [
    ApiProperty({ type: dto }),
    IsObject(),
    ValidateNested(),
    Transform(({ obj, key }) =>
      plainToInstance(dto, knownCredential((obj as Record<string, unknown>)[key])),
    ),
  ];
  return (target, property) => decorators.forEach((decorate) => decorate(target, property));
}

/** The members common to both dictionaries of WebAuthn L3 §5.1. */
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
}

export class AttestationDto {
  @IsBase64Url(LONGEST_PART)
  clientDataJSON!: string;

  @IsBase64Url(LONGEST_PART)
  attestationObject!: string;

  @ApiPropertyOptional({ type: [String], example: ['internal', 'hybrid'] })
  @IsOptional()
  @IsArray()
  @IsString({ each: true })
  transports?: string[];
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
