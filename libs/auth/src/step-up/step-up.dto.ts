import { IsPlainText } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { IsTypedPassword, LONGEST_TYPED_PASSWORD } from '../credentials/password-length.js';
import { FactorProofDto } from '../second-factor/factor-proof.dto.js';

/** Exactly one proof: the password, or where there is a second factor one of those. */
export class StepUpDto extends FactorProofDto {
  @ApiPropertyOptional({ maxLength: LONGEST_TYPED_PASSWORD, format: 'password' })
  @IsOptional()
  @IsString()
  @IsPlainText()
  @IsTypedPassword()
  password?: string;
}
