import { ApiRefusal } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ConversationView, MessageView } from '../conversations/conversation.view.js';

/** Documents a conversation as a file, which comes without the envelope, and the error envelope for everything else. */
export function ApiConversationFile(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(ConversationView, MessageView),
    ApiResponse({
      status: 200,
      description: 'The file, without an envelope.',
      content: {
        'text/markdown': { schema: { type: 'string' } },
        'application/json': {
          schema: {
            allOf: [
              { $ref: getSchemaPath(ConversationView) },
              {
                type: 'object',
                required: ['messages'],
                properties: {
                  messages: { type: 'array', items: { $ref: getSchemaPath(MessageView) } },
                },
              },
            ],
          },
        },
      },
    }),
    ApiRefusal(),
  );
}
