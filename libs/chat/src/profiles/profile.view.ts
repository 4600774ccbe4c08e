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
  @ApiProperty({ type: 'integer', description: 'How many messages are answered at the same time.' })
  runs!: number;

  @ApiPropertyOptional({
    type: 'integer',
    description:
      'Messages in 60 seconds. This and the limits below are absent if they are not set.',
  })
  messagesPerMinute?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Input and output tokens per day (UTC).' })
  tokensPerDay?: number;

  @ApiPropertyOptional({ description: 'Cost per day (UTC).' })
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
    description:
      'Up to three first messages to offer to the user: sentences, or commands if no model is configured.',
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
    description: 'Its accent colour, legible on white and on black; null if it has none.',
  })
  accent!: string | null;

  @ApiProperty({ example: 'note', description: 'The name of an icon that the app provides.' })
  icon!: string;

  @ApiProperty({ example: '1.0.0' })
  version!: string;

  @ApiProperty({
    description: 'False while the operator has switched it off: messages to it are refused.',
  })
  isActive!: boolean;

  @ApiProperty({ description: 'The limits of each user; GET /api/me/usage shows what is left.' })
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
  isActive: boolean,
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
    isActive,
    limits: toLimitsView(profile),
  };
}
