import { ApiRefusal } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** Documents a file, which comes without the envelope, and the error envelope for everything else. */
export function ApiExport(): MethodDecorator {
  return applyDecorators(
    ApiResponse({
      status: 200,
      description: 'One JSON document, without an envelope; docs/api.md lists its sections.',
      content: {
        'application/json': {
          schema: {
            type: 'object',
            required: ['exportedAt', 'userId'],
            properties: {
              exportedAt: { type: 'string', format: 'date-time' },
              userId: { type: 'string', format: 'uuid' },
            },
          },
        },
      },
    }),
    ApiRefusal(),
  );
}
