import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
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
}

/** What the phone may know of an assistant: nothing of servers, engines or isolation. */
export function toProfileView({ id, name, description, icon, version }: Profile): ProfileView {
  return { id, name, description, icon, version };
}

export class CommandArgumentView {
  @ApiProperty({ example: 'text' })
  name!: string;

  @ApiProperty({ example: 'string' })
  type!: string;

  @ApiProperty()
  required!: boolean;

  @ApiProperty()
  description!: string;
}

export class CommandView {
  @ApiProperty({ example: 'add_note', description: 'Written as /add_note in a message.' })
  name!: string;

  @ApiProperty()
  description!: string;

  @ApiProperty({ type: [CommandArgumentView] })
  arguments!: CommandArgumentView[];
}

export class CapabilitiesView {
  @ApiProperty({ type: [CommandView] })
  commands!: CommandView[];

  @ApiPropertyOptional({ description: 'The command that a text without a slash goes to.' })
  defaultCommand?: string;
}
