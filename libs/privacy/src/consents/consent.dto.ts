import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

/** How a purpose looks; anything else is none. */
export const PURPOSE = /^[a-z][a-z0-9_-]{0,62}$/;
const VERSION = /^[A-Za-z0-9][A-Za-z0-9._-]{0,39}$/;

const purpose = {
  example: 'analytics',
  pattern: PURPOSE.source,
  description:
    'The purpose, as a name that the app chooses: a lower case letter, then lower case letters, digits, _ or -',
};
const message = '$property must be a small letter, then at most 62 small letters, digits, _ or -';

export class ConsentParams {
  @ApiProperty(purpose)
  @Matches(PURPOSE, { message })
  purpose!: string;
}

export class GiveConsentDto {
  @ApiProperty(purpose)
  @Matches(PURPOSE, { message })
  purpose!: string;

  @ApiProperty({
    example: '2026-11',
    pattern: VERSION.source,
    description: 'The version of the text that the user has agreed to.',
  })
  @Matches(VERSION, { message: '$property must be at most 40 letters, digits, . _ or -' })
  version!: string;
}
