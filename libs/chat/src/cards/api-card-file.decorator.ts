import { ApiRefusal } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

const BYTES = {
  'application/octet-stream': { schema: { type: 'string', format: 'binary' } },
} as const;

/** Documents a file, whole or in part, which comes without the envelope, and the error envelope for everything else. */
export function ApiCardFile(): MethodDecorator {
  return applyDecorators(
    ApiResponse({ status: 200, description: 'The file, in its own type.', content: BYTES }),
    ApiResponse({
      status: 206,
      description: 'The requested range.',
      content: BYTES,
    }),
    ApiResponse({ status: 304, description: 'The copy of the client is current.' }),
    ApiResponse({ status: 416, description: 'The range begins after the end of the file.' }),
    ApiRefusal(),
  );
}
