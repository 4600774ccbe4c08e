import { IsPlainText, Trimmed } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length } from 'class-validator';
import { PageQuery } from '../conversations/conversation.dto.js';

export class SearchQuery extends PageQuery {
  @ApiProperty({
    minLength: 1,
    maxLength: 100,
    example: 'milk',
    description:
      'Results contain all of these words. The last word may be incomplete: its beginning is enough.',
  })
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 100)
  q!: string;
}
