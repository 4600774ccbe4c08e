import { ApiProperty } from '@nestjs/swagger';
import { UsedTokensView } from './used-tokens.view.js';

export class QuotaView {
  @ApiProperty({ type: 'integer', minimum: 0 })
  used!: number;

  @ApiProperty({ type: 'integer', minimum: 0 })
  limit!: number;
}

export class QuotasView {
  @ApiProperty()
  conversations!: QuotaView;

  @ApiProperty({ description: 'Messages and answers.' })
  messages!: QuotaView;

  @ApiProperty({ description: 'Their texts, as UTF-8.' })
  historyBytes!: QuotaView;

  @ApiProperty({ description: 'What tools keep in files of the person.' })
  fileBytes!: QuotaView;
}

export class ModelUsageView {
  @ApiProperty({ description: 'Since midnight, UTC.' })
  today!: UsedTokensView;

  @ApiProperty({ description: 'Since the first of the month, UTC.' })
  month!: UsedTokensView;
}

export class UsageView {
  @ApiProperty()
  quotas!: QuotasView;

  @ApiProperty({ description: 'What language models have used for the answers.' })
  models!: ModelUsageView;
}
