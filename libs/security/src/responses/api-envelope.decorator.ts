import { applyDecorators, type Type } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ApiRefusal } from './api-refusal.decorator.js';

/** Documents the success envelope around `view` (or around `null`), and the error envelope for everything else. */
export function ApiEnvelope(status: number, view?: Type): MethodDecorator {
  return envelope(status, view ? { $ref: getSchemaPath(view) } : { type: 'null' }, view);
}

/** The same for a list of views. */
export function ApiEnvelopeOfList(status: number, view: Type): MethodDecorator {
  return envelope(status, { type: 'array', items: { $ref: getSchemaPath(view) } }, view);
}

function envelope(status: number, data: object, view?: Type): MethodDecorator {
  const success = { type: 'boolean', const: true };
  return applyDecorators(
    ApiExtraModels(...(view ? [view] : [])),
    ApiResponse({
      status,
      description: 'Done.',
      schema: { type: 'object', required: ['success', 'data'], properties: { success, data } },
    }),
    ApiRefusal(),
  );
}
