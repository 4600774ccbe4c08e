import { ApiProperty } from '@nestjs/swagger';
import { Matches } from 'class-validator';

/** How an id of a profile looks; anything else is none. */
export const PROFILE_ID = /^[a-z][a-z0-9-]{0,62}$/;

export class ProfileParams {
  @ApiProperty({ example: 'notes' })
  @Matches(PROFILE_ID, { message: '$property must be the id of an assistant' })
  profileId!: string;
}
