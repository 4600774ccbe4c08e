import { ApiProperty } from '@nestjs/swagger';
import { AssistantUsageView } from './assistant-usage.view.js';
import { QuotaView } from './quota.view.js';
import { UsedTokensView } from './used-tokens.view.js';

export class QuotasView {
  @ApiProperty()
  conversations!: QuotaView;

  @ApiProperty({ description: 'Messages and answers.' })
  messages!: QuotaView;

  @ApiProperty({ description: 'The size of their texts in UTF-8. Bytes.' })
  historyBytes!: QuotaView;

  @ApiProperty({ description: 'The size of the files that tools store for the user. Bytes.' })
  fileBytes!: QuotaView;

  @ApiProperty({ description: 'The size of the images and other files in answers. Bytes.' })
  cardBytes!: QuotaView;
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

  @ApiProperty({ description: 'The usage of language models for the answers.' })
  models!: ModelUsageView;

  @ApiProperty({
    type: [AssistantUsageView],
    description: 'What is used and left of the limits of each assistant.',
  })
  assistants!: AssistantUsageView[];
}
