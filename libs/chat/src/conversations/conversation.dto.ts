import { IsId, IsPageLimit, IsPlainText, Trimmed } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length } from 'class-validator';
import { IsConversationId } from '../ownership/conversation-id.decorator.js';

export class ConversationParams {
  @IsConversationId()
  conversationId!: string;
}

/** Which part of a list to read. */
export class PageQuery {
  @IsPageLimit()
  limit?: string;

  @ApiPropertyOptional({ description: 'The nextCursor or previousCursor of a page.' })
  @IsOptional()
  @IsString()
  @Length(1, 120)
  @IsPlainText()
  cursor?: string;
}

/** Which messages of a conversation to read. */
export class HistoryQuery extends PageQuery {
  @IsId({
    optional: true,
    description:
      'A message of the branch to read. The branch is read to its end. Default: the branch of the newest message.',
  })
  leaf?: string;
}

/** Which conversations to read. */
export class ConversationListQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'true: archived conversations only. false: conversations that are not archived.',
  })
  @IsOptional()
  @IsIn(['true', 'false'], { message: '$property must be true or false' })
  archived?: string;
}

/** What to change in a conversation. What is left out stays as it is. */
export class ChangeConversationDto {
  @ApiPropertyOptional({ minLength: 1, maxLength: 100, example: 'Shopping' })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 100)
  title?: string;

  @ApiPropertyOptional({ description: 'Whether it is listed before the others.' })
  @IsOptional()
  @IsBoolean()
  pinned?: boolean;

  @ApiPropertyOptional({
    description: 'Whether it is listed among the archived conversations only.',
  })
  @IsOptional()
  @IsBoolean()
  archived?: boolean;
}
