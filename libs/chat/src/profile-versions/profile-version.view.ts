import { ApiProperty } from '@nestjs/swagger';
import type { StoredVersion } from './profile-version.store.js';

export class ProfileVersionView {
  @ApiProperty({ type: 'integer', example: 3 })
  version!: number;

  @ApiProperty({ description: 'The hash of the profile file and its pins.' })
  sha256!: string;

  @ApiProperty({ format: 'date-time', description: 'When this version was first loaded.' })
  createdAt!: string;

  @ApiProperty({
    type: 'string',
    format: 'uuid',
    nullable: true,
    description: 'The account of the operator; null if a start, a signal or a command loaded it.',
  })
  operatorId!: string | null;
}

export class ProfileStateView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The version in force; null if its file was removed.',
  })
  version!: number | null;

  @ApiProperty({ description: 'Whether the instance that answers offers it to users.' })
  isServed!: boolean;

  @ApiProperty({ description: 'Whether an operator has switched it off, or all of chat.' })
  isOff!: boolean;

  @ApiProperty({ type: [ProfileVersionView], description: 'The latest first.' })
  versions!: ProfileVersionView[];
}

export class ProfileChangeView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'The version now in force; null: the assistant was removed.',
  })
  version!: number | null;
}

export class ReloadedProfilesView {
  @ApiProperty({ type: [ProfileChangeView], description: 'Empty if no file has changed.' })
  changes!: ProfileChangeView[];
}

export function toVersionView(version: StoredVersion): ProfileVersionView {
  const { version: number, sha256, createdAt, operatorId } = version;
  return { version: number, sha256, createdAt: createdAt.toISOString(), operatorId };
}
