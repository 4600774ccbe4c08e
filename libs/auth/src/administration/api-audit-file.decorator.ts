import { ApiRefusal } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';

/** Documents lines without the envelope, and the error envelope for everything else. */
export function ApiAuditFile(): MethodDecorator {
  return applyDecorators(
    ApiResponse({
      status: 200,
      description:
        'One record per line, without an envelope: JSON Lines, CEF, or OCSF as JSON Lines. docs/audit-trail.md describes the fields.',
      content: { 'text/plain': { schema: { type: 'string' } } },
    }),
    ApiRefusal(),
  );
}
