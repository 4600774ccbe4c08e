import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Allowance } from './allowance.service.js';
import { QuotaView } from './quota.view.js';

export class AllowanceView {
  @ApiProperty({
    minimum: 0,
    description: 'Can exceed the limit: an answer that has begun is completed.',
  })
  used!: number;

  @ApiProperty({ minimum: 0 })
  limit!: number;

  @ApiProperty({ format: 'date-time', description: 'When usage is possible again.' })
  resetsAt!: string;

  @ApiPropertyOptional({ example: 'USD', description: 'The currency of a cost. ISO 4217.' })
  currency?: string;
}

export class AssistantAllowancesView {
  @ApiProperty({ description: 'Messages that are being answered now.' })
  runs!: QuotaView;

  @ApiPropertyOptional({
    description:
      'Messages in the last 60 seconds. This and the limits below are absent if they are not set.',
  })
  messagesPerMinute?: AllowanceView;

  @ApiPropertyOptional({ description: 'Input and output tokens since midnight, UTC.' })
  tokensPerDay?: AllowanceView;

  @ApiPropertyOptional({ description: 'Since midnight, UTC.' })
  costPerDay?: AllowanceView;
}

export class AssistantUsageView {
  @ApiProperty({ example: 'notes' })
  profileId!: string;

  @ApiProperty()
  limits!: AssistantAllowancesView;
}

export function toAllowanceViews(
  allowances: readonly Allowance[],
): Omit<AssistantAllowancesView, 'runs'> {
  return Object.fromEntries(
    allowances.map(({ name, used, limit, resetsAt, currency }) => [
      name,
      { used, limit, resetsAt: resetsAt.toISOString(), ...(currency && { currency }) },
    ]),
  );
}
