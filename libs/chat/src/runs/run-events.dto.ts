import { IsPlainText } from '@app/security';
import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, Length } from 'class-validator';

export class RunEventsQuery {
  @ApiPropertyOptional({
    minLength: 1,
    maxLength: 64,
    description:
      'The id of the last event that was received, for clients that cannot send the header Last-Event-ID.',
  })
  @IsOptional()
  @IsString()
  @Length(1, 64)
  @IsPlainText()
  after?: string;
}
