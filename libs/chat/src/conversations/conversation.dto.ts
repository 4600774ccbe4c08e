import { IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length, Matches } from 'class-validator';
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

  @ApiPropertyOptional({ description: 'The nextCursor of the page before.' })
  @IsOptional()
  @IsString()
  @Length(1, 120)
  @IsPlainText()
  cursor?: string;
}

export class RenameConversationDto {
  @ApiProperty({ minLength: 1, maxLength: 100, example: 'Shopping' })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 100)
  title!: string;
}
