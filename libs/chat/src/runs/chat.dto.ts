import { IsId, IsPlainText } from '@app/security';
import { ApiProperty } from '@nestjs/swagger';
import { IsString, Length, Matches } from 'class-validator';
import { IsConversationId } from '../ownership/conversation-id.decorator.js';
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

  @IsConversationId({
    optional: true,
    description:
      'If absent, a new conversation begins. An id that is new for this user begins a conversation with that id, so that ' +
      'an app can create conversations offline.',
  })
  conversation_id?: string;

  @IsId({
    optional: true,
    description:
      'The id of the earlier message that this message replaces: it begins another branch of the same conversation. ' +
      'Cannot be combined with parent_message_id.',
  })
  edit_of?: string;

  @IsId({
    optional: true,
    description:
      'The message or answer that this message follows. Default: the newest one of the conversation.',
  })
  parent_message_id?: string;
}

export class RunParams {
  @IsId()
  runId!: string;
}
