import { ApiProperty } from '@nestjs/swagger';
import { TOOL_PINS_MODES, type ToolPinsMode } from '../chat.config.js';
import { DEFINITION_KINDS, type DefinitionKind } from './pin-comparison.js';

/**
 * - `pinned`: as a person has reviewed it
 * - `changed`: its server tells of another definition than the one that is pinned
 * - `unpinned`: allowed by the profile, and reviewed by no one
 * - `unseen`: pinned, and not met since the start
 */
export const PIN_STATES = ['pinned', 'changed', 'unpinned', 'unseen'] as const;
export type PinState = (typeof PIN_STATES)[number];

const digest = { type: 'string', nullable: true } as const;
const count = { type: 'integer', minimum: 0 } as const;

export class PinView {
  @ApiProperty({ example: 'personal-tools' })
  server!: string;

  @ApiProperty({ enum: DEFINITION_KINDS })
  kind!: DefinitionKind;

  @ApiProperty({ example: 'add_note' })
  name!: string;

  @ApiProperty({
    enum: PIN_STATES,
    description:
      'Whether the definition is as it was pinned, is another one, was never pinned, or was not met by the instance that answers since its start.',
  })
  state!: PinState;

  @ApiProperty({ description: 'Whether it is not offered for that.' })
  isWithheld!: boolean;

  @ApiProperty({ ...digest, description: 'The SHA-256 of the definition that was reviewed.' })
  pinnedSha256!: string | null;

  @ApiProperty({
    ...digest,
    description: 'The SHA-256 of the definition that its server told last.',
  })
  servedSha256!: string | null;

  @ApiProperty({ type: 'string', format: 'date-time', nullable: true })
  servedAt!: string | null;
}

export class ProfilePinCountsView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({
    description: 'Whether the version in force has pins: without any, nothing is withheld.',
  })
  hasPins!: boolean;

  @ApiProperty(count)
  pinned!: number;

  @ApiProperty(count)
  changed!: number;

  @ApiProperty(count)
  unpinned!: number;

  @ApiProperty(count)
  unseen!: number;
}

export class PinOverviewView {
  @ApiProperty({
    enum: TOOL_PINS_MODES,
    description: 'TOOL_PINS: what happens to a definition that differs.',
  })
  mode!: ToolPinsMode;

  @ApiProperty({ type: [ProfilePinCountsView] })
  profiles!: ProfilePinCountsView[];
}

export class ProfilePinsView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty({ enum: TOOL_PINS_MODES })
  mode!: ToolPinsMode;

  @ApiProperty()
  hasPins!: boolean;

  @ApiProperty({
    type: [PinView],
    description: 'Of each tool and prompt that the assistant allows.',
  })
  pins!: PinView[];
}
