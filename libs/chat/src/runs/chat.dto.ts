import { IsPlainText } from '@app/security';
import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, IsUUID, Length, Matches } from 'class-validator';
import { PROFILE_ID } from '../profiles/profile.dto.js';

export class ChatDto {
  @ApiProperty({ minLength: 1, maxLength: 5000, example: '/add_note title=Milk text="2 litres"' })
  @IsString()
  @IsPlainText()
  @Length(1, 5000)
  message!: string;

  @ApiProperty({ example: 'notes' })
  @Matches(PROFILE_ID, { message: '$property must be the id of an assistant' })
  profile_id!: string;

  @ApiPropertyOptional({ format: 'uuid', description: 'Left out, a new conversation begins.' })
  @IsOptional()
  @IsUUID()
  conversation_id?: string;
}

export class RunParams {
  @ApiProperty({ format: 'uuid' })
  @IsUUID()
  runId!: string;
}
