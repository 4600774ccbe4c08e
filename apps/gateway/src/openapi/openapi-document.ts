import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';

/** The API as the code declares it, in OpenAPI 3.1. */
export function openApiDocument(app: INestApplication): OpenAPIObject {
  const description = new DocumentBuilder()
    .setTitle('MCP Phone gateway')
    .setDescription(
      'Sign in, pick an assistant, chat. Every answer is `{ "success": true, "data": … }` or ' +
        '`{ "success": false, "error": { "code", "message", "requestId" } }`.',
    )
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({ type: 'http', scheme: 'bearer', bearerFormat: 'JWT' })
    .setOpenAPIVersion('3.1.0')
    .build();
  return SwaggerModule.createDocument(app, description, {
    operationIdFactory: (_controller, method) => method,
  });
}

/** The page at `/docs`, and the document itself at `/docs/openapi.json`. */
export function serveOpenApi(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => openApiDocument(app), {
    jsonDocumentUrl: 'docs/openapi.json',
    raw: ['json'],
    customSiteTitle: 'MCP Phone gateway',
  });
}
