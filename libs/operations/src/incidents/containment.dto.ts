import { IsId, IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { Type } from 'class-transformer';
import {
  ArrayMaxSize,
  ArrayMinSize,
  IsArray,
  IsBoolean,
  IsIn,
  IsOptional,
  IsString,
  Length,
  Validate,
  ValidateNested,
} from 'class-validator';
import { SWITCH_SCOPES, type SwitchScope } from '@app/switches';
import { LONGEST_BLOCK_SECONDS } from '../blocks/block.dto.js';
import { IsNetwork } from '../blocks/is-network.constraint.js';
import { IsSeconds } from '../changes/seconds.decorator.js';
import { LONGEST_TARGET } from '../switches/switch-target.js';
import { CONTAINMENT_TYPES, type ContainmentType } from './containment-type.js';

/** The most actions of one call: all of them take effect within a second. */
export const MAX_ACTIONS_PER_CALL = 50;

/** One action. Which fields it needs depends on its type; docs/incident-response.md has a table. */
export class ContainmentActionDto {
  @ApiProperty({ enum: CONTAINMENT_TYPES })
  @IsIn(CONTAINMENT_TYPES)
  type!: ContainmentType;

  @IsId({ optional: true, description: 'sign_out: the account whose sessions end.' })
  accountId?: string;

  @ApiPropertyOptional({
    example: '203.0.113.0/24',
    maxLength: 64,
    description: 'block: the network.',
  })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 64)
  @Validate(IsNetwork)
  network?: string;

  @ApiPropertyOptional({ enum: SWITCH_SCOPES, description: 'switch_off: the kind of part.' })
  @IsOptional()
  @IsIn(SWITCH_SCOPES)
  scope?: SwitchScope;

  @ApiPropertyOptional({
    example: 'notes',
    maxLength: LONGEST_TARGET,
    description:
      'switch_off: the id or name of the part; server/tool for a tool; absent for chat and sign_in.',
  })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, LONGEST_TARGET)
  target?: string;

  @IsOptional()
  @IsSeconds({
    most: LONGEST_BLOCK_SECONDS,
    description: 'block, switch_off: the duration. Default: until it is removed.',
  })
  seconds?: number;

  @ApiPropertyOptional({
    default: false,
    description:
      'sign_out_everyone: includes devices without an account. Their users lose their data.',
  })
  @IsOptional()
  @IsBoolean()
  withDevices?: boolean;

  @ApiPropertyOptional({
    default: false,
    description: 'rotate_keys: tokens signed with the old keys stay valid until they expire.',
  })
  @IsOptional()
  @IsBoolean()
  keepOld?: boolean;

  @ApiPropertyOptional({
    default: false,
    description: 'Repeats an action that was already done in this incident and is in force.',
  })
  @IsOptional()
  @IsBoolean()
  again?: boolean;
}

export class ContainmentDto {
  @ApiProperty({
    type: [ContainmentActionDto],
    maxItems: MAX_ACTIONS_PER_CALL,
    example: [{ type: 'sign_out_affected' }],
  })
  @IsArray()
  @ArrayMinSize(1)
  @ArrayMaxSize(MAX_ACTIONS_PER_CALL)
  @ValidateNested({ each: true })
  @Type(() => ContainmentActionDto)
  actions!: ContainmentActionDto[];
}
