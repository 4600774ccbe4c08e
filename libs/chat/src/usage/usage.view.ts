import { ApiProperty } from '@nestjs/swagger';
import { AssistantUsageView } from './assistant-usage.view.js';
import { QuotaView } from './quota.view.js';
import { UsedTokensView } from './used-tokens.view.js';

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

  @ApiProperty({
    type: [AssistantUsageView],
    description: 'What the limits of each assistant leave.',
  })
  assistants!: AssistantUsageView[];
}
