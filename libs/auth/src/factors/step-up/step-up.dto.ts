import { IsPlainText } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import {
  IsTypedPassword,
  LONGEST_TYPED_PASSWORD,
} from '../../accounts/credentials/password-length.js';
import { FactorProofDto } from '../proofs/factor-proof.dto.js';

/** Exactly one proof: a second factor if the account has one, otherwise the password. */
export class StepUpDto extends FactorProofDto {
  @ApiPropertyOptional({
    maxLength: LONGEST_TYPED_PASSWORD,
    format: 'password',
    example: 'correct horse battery',
  })
  @IsOptional()
  @IsString()
  @IsPlainText()
  @IsTypedPassword()
  password?: string;
}
