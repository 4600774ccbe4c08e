import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { ErrorEnvelope } from './error-envelope.view.js';

/** Documents the error envelope, for each answer that the route does not document otherwise. */
export function ApiRefusal(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(ErrorEnvelope),
    ApiResponse({
      status: 'default',
      description: 'Refused or failed; `error.code` has the reason.',
      content: { 'application/json': { schema: { $ref: getSchemaPath(ErrorEnvelope) } } },
    }),
  );
}
