import { IsId, IsPlainText, ListQuery, Trimmed } from '@app/security';
import { SWITCH_SCOPES, type SwitchScope } from '@app/switches';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { IsReason } from '../changes/reason.decorator.js';
import { IsSeconds } from '../changes/seconds.decorator.js';
import { LONGEST_TARGET } from './switch-target.js';

/** The longest that something is off and comes on by itself: a year. Seconds. */
const LONGEST_SECONDS = 365 * 86_400;

export class SwitchParams {
  @IsId()
  switchId!: string;
}

export class SwitchesQuery extends ListQuery {
  @ApiPropertyOptional({ enum: SWITCH_SCOPES, description: 'Only switches of this scope.' })
  @IsOptional()
  @IsIn(SWITCH_SCOPES)
  scope?: SwitchScope;
}

export class NewSwitchDto {
  @ApiProperty({ enum: SWITCH_SCOPES, example: 'profile' })
  @IsIn(SWITCH_SCOPES)
  scope!: SwitchScope;

  @ApiPropertyOptional({
    example: 'notes',
    maxLength: LONGEST_TARGET,
    description:
      'The id of the profile, model, account or device; the name of the server; server/tool. None for chat and sign_in.',
  })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, LONGEST_TARGET)
  target?: string;

  @Trimmed()
  @IsReason('Deletes the wrong notes')
  reason!: string;

  @IsOptional()
  @IsSeconds({
    most: LONGEST_SECONDS,
    description: 'The duration. Default: until it is switched on again.',
  })
  seconds?: number;
}
