import { ApiRefusal } from '@app/security';
import { applyDecorators } from '@nestjs/common';
import { ApiExtraModels, ApiResponse, getSchemaPath } from '@nestjs/swagger';
import { AffectedAccountView, IncidentDetailView, IncidentEntryView } from './incident.view.js';

const listOf = (view: typeof AffectedAccountView | typeof IncidentEntryView) => ({
  type: 'array',
  items: { $ref: getSchemaPath(view) },
});

/** Documents an incident as a file, which comes without the envelope, and the error envelope for everything else. */
export function ApiIncidentFile(): MethodDecorator {
  return applyDecorators(
    ApiExtraModels(IncidentDetailView, IncidentEntryView, AffectedAccountView),
    ApiResponse({
      status: 200,
      description: 'The file, without an envelope.',
      content: {
        'text/markdown': { schema: { type: 'string' } },
        'application/json': {
          schema: {
            allOf: [
              { $ref: getSchemaPath(IncidentDetailView) },
              {
                type: 'object',
                required: ['timeline', 'accounts'],
                properties: {
                  timeline: listOf(IncidentEntryView),
                  accounts: listOf(AffectedAccountView),
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
