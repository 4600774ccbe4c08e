import { LONGEST_ADDRESS } from '@app/mail';
import { IsPlainText, Trimmed } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { IsMailAddress } from './is-mail-address.decorator.js';

export class EmailDto {
  @ApiProperty({
    maxLength: LONGEST_ADDRESS,
    example: 'grace@example.org',
    description: 'ASCII; not case-sensitive.',
  })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(3, LONGEST_ADDRESS)
  @IsMailAddress()
  email!: string;
}

export class VerifyEmailDto {
  @ApiProperty({ maxLength: 200, description: 'The token from the mail.' })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 200)
  token!: string;
}
