import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { Allowance } from './allowance.service.js';
import { QuotaView } from './quota.view.js';

export class AllowanceView {
  @ApiProperty({
    minimum: 0,
    description: 'May pass the limit: an answer that has begun is completed.',
  })
  used!: number;

  @ApiProperty({ minimum: 0 })
  limit!: number;

  @ApiProperty({ format: 'date-time', description: 'From when on there is room again.' })
  resetsAt!: string;

  @ApiPropertyOptional({ example: 'USD', description: 'Of a cost. ISO 4217.' })
  currency?: string;
}

export class AssistantAllowancesView {
  @ApiProperty({ description: 'Messages that are being answered now.' })
  runs!: QuotaView;

  @ApiPropertyOptional({
    description: 'In the last 60 seconds. Absent without such a limit, as those below.',
  })
  messagesPerMinute?: AllowanceView;

  @ApiPropertyOptional({ description: 'Since midnight, UTC, in and out.' })
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
