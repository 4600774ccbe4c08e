import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { mostRuns, type Profile } from './profile.js';
import { languagesOf, type ProfileTexts } from './profile-texts.js';

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

  @ApiProperty({ type: [String], description: 'What it can do, in plain words.' })
  capabilities!: readonly string[];

  @ApiProperty({
    type: [String],
    description: 'Up to three messages to begin with: sentences, or commands without a model.',
  })
  suggestions!: readonly string[];

  @ApiProperty({ example: 'en', description: 'The language of these texts.' })
  language!: string;

  @ApiProperty({
    type: [String],
    example: ['en', 'de'],
    description: 'The languages in which it has these texts, for Accept-Language.',
  })
  languages!: readonly string[];

  @ApiProperty({
    type: 'string',
    nullable: true,
    example: '#B45309',
    description: 'Its colour, visible on white and on black; null if it has none.',
  })
  accent!: string | null;

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
export function toProfileView(
  profile: Profile,
  language: string,
  texts: ProfileTexts,
): ProfileView {
  const { id, icon, version, accent } = profile;
  return {
    id,
    ...texts,
    language,
    languages: languagesOf(profile),
    accent: accent ?? null,
    icon,
    version,
    isActive: true,
    limits: toLimitsView(profile),
  };
}
