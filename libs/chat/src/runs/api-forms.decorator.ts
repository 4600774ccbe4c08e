import { ErrorEnvelope } from '@app/security';
import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ChatView, RunView } from './chat.view.js';

const STREAM = {
  'text/event-stream': {
    schema: {
      type: 'string',
      description: "Parts of the AI SDK's UI message stream, protocol v1, each with an id.",
    },
  },
} as const;

const REFUSED = ApiResponse({
  status: 'default',
  description: 'Refused or failed; `error.code` says why.',
  content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorEnvelope) } } },
});

/** Documents an answer that comes in parts. */
export const ApiEventStream = () =>
  applyDecorators(
    ApiExtraModels(ErrorEnvelope),
    ApiResponse({ status: 200, description: 'Done.', content: STREAM }),
    REFUSED,
  );

/** Documents the three forms of the answer to a message. */
export const ApiAnswerForms = () =>
  applyDecorators(
    ApiExtraModels(ChatView, RunView, ErrorEnvelope),
    ApiResponse({
      status: 200,
      description: 'Done.',
      content: { 'application/json': { schema: envelopeOf(ChatView) }, ...STREAM },
    }),
    ApiResponse({
      status: 202,
      description:
        'The message is stored, and is being answered; or its run waits for the person, with status waiting_for_approval.',
      content: { 'application/json': { schema: envelopeOf(RunView) } },
    }),
    REFUSED,
  );

function envelopeOf(view: Type) {
  const success: object = { type: 'boolean', const: true };
  const data = { $ref: getSchemaPath(view) };
  return { type: 'object', required: ['success', 'data'], properties: { success, data } };
}
