import { IsId, IsPlainText, Trimmed } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsBoolean, IsIn, IsOptional, IsString, Length, Matches } from 'class-validator';
import { IsConversationId } from '../ownership/conversation-id.decorator.js';

export class ConversationParams {
  @IsConversationId()
  conversationId!: string;
}

/** Which part of a list to read. */
export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: 100, default: 50 })
  @IsOptional()
  @Matches(/^([1-9]\d?|100)$/, { message: '$property must be a number from 1 to 100' })
  limit?: string;

  @ApiPropertyOptional({ description: 'The nextCursor or previousCursor of another page.' })
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
      'A message of the branch to read, up to its end. Left out, it is the branch of the newest message.',
  })
  leaf?: string;
}

/** Which conversations to read. */
export class ConversationListQuery extends PageQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'true: those that are archived; otherwise those that are not.',
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

  @ApiPropertyOptional({ description: 'Whether it stands before the others in the list.' })
  @IsOptional()
  @IsBoolean()
  pinned?: boolean;

  @ApiPropertyOptional({ description: 'Whether it stands in the list of archived ones instead.' })
  @IsOptional()
  @IsBoolean()
  archived?: boolean;
}
