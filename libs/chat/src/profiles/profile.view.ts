import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { mostRuns, type Profile } from './profile.js';

export class CostLimitView {
  @ApiProperty({ example: 'USD', description: 'ISO 4217.' })
  currency!: string;

  @ApiProperty({ example: 0.5 })
  amount!: number;
}

export class ProfileLimitsView {
  @ApiProperty({ type: 'integer', description: 'Messages that are answered at the same time.' })
  runs!: number;

  @ApiPropertyOptional({
    type: 'integer',
    description: 'Messages in 60 seconds. Absent without such a limit, as those below.',
  })
  messagesPerMinute?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Tokens in a day, UTC, in and out.' })
  tokensPerDay?: number;

  @ApiPropertyOptional({ description: 'The same in money.' })
  costPerDay?: CostLimitView;
}

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

  @ApiProperty({ description: 'What one person may use; GET /api/me/usage tells what is left.' })
  limits!: ProfileLimitsView;
}

/** As `GET /api/me/usage` tells how much of it is used. */
function toLimitsView(profile: Profile): ProfileLimitsView {
  const { messagesPerMinute, tokensPerDay, costPerDay } = profile.limits;
  return {
    runs: mostRuns(profile),
    ...(messagesPerMinute === undefined ? {} : { messagesPerMinute }),
    ...(tokensPerDay === undefined ? {} : { tokensPerDay }),
    ...(costPerDay ? { costPerDay } : {}),
  };
}

/** What the phone may know of an assistant: nothing of servers, engines or isolation. */
export function toProfileView(profile: Profile): ProfileView {
  const { id, name, description, icon, version } = profile;
  return { id, name, description, icon, version, isActive: true, limits: toLimitsView(profile) };
}
