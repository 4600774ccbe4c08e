import { ApiRefusal } from '@app/security';
import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ChatView, RunView } from './chat.view.js';

const STREAM = {
  'text/event-stream': {
    schema: {
      type: 'string',
      description:
        'The parts of the UI message stream of the AI SDK, protocol v1, each with an id.',
    },
  },
} as const;

/** Documents an answer that comes in parts. */
export const ApiEventStream = () =>
  applyDecorators(
    ApiResponse({ status: 200, description: 'Done.', content: STREAM }),
    ApiRefusal(),
  );

/** Documents the three forms of the answer to a message. */
export const ApiAnswerForms = () =>
  applyDecorators(
    ApiExtraModels(ChatView, RunView),
    ApiResponse({
      status: 200,
      description: 'Done.',
      content: { 'application/json': { schema: envelopeOf(ChatView) }, ...STREAM },
    }),
    ApiResponse({
      status: 202,
      description:
        'The message is stored and its run is in progress, or the run waits for the user (status waiting_for_approval or waiting_for_input).',
      content: { 'application/json': { schema: envelopeOf(RunView) } },
    }),
    ApiRefusal(),
  );

function envelopeOf(view: Type) {
  const success: object = { type: 'boolean', const: true };
  const data = { $ref: getSchemaPath(view) };
  return { type: 'object', required: ['success', 'data'], properties: { success, data } };
}
