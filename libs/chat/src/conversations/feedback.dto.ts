import { IsId, IsPlainText, Trimmed } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Length } from 'class-validator';
import { RATINGS } from './message.entity.js';

export class MessageParams {
  @IsId()
  messageId!: string;
}

export class FeedbackDto {
  @ApiProperty({
    enum: [...RATINGS, 'none'],
    example: 'up',
    description: 'none: removes the earlier rating.',
  })
  @IsIn([...RATINGS, 'none'], { message: '$property must be up, down or none' })
  rating!: (typeof RATINGS)[number] | 'none';

  @ApiPropertyOptional({ minLength: 1, maxLength: 500 })
  @IsOptional()
  @Trimmed()
  @IsString()
  @IsPlainText()
  @Length(1, 500)
  comment?: string;
}
