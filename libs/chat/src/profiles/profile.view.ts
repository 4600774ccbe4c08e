import { ApiProperty } from '@nestjs/swagger';
import type { Profile } from './profile.js';

export class ProfileView {
  @ApiProperty({ example: 'notes', description: 'What to send as profile_id.' })
  id!: string;

  @ApiProperty({ example: 'Notes' })
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty({ example: 'note', description: "A name in the app's own set of icons." })
  icon!: string;

  @ApiProperty({ example: '1.0.0' })
  version!: string;

  @ApiProperty({ description: 'Always true: only active assistants are listed.' })
  isActive!: boolean;
}

/** What the phone may know of an assistant: nothing of servers, engines or isolation. */
export function toProfileView({ id, name, description, icon, version }: Profile): ProfileView {
  return { id, name, description, icon, version, isActive: true };
}
