import { LONGEST_ADDRESS } from '@app/mail';
import { IsPlainText } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { IsMailAddress } from './is-mail-address.decorator.js';

export class EmailDto {
  @ApiProperty({
    maxLength: LONGEST_ADDRESS,
    example: 'ada@example.org',
    description: 'In ASCII; upper and lower case are the same.',
  })
  @IsString()
  @IsPlainText()
  @Length(3, LONGEST_ADDRESS)
  @IsMailAddress()
  email!: string;
}

export class VerifyEmailDto {
  @ApiProperty({ maxLength: 200, description: 'From the mail.' })
  @IsString()
  @IsPlainText()
  @Length(1, 200)
  token!: string;
}
