import { ANSWER_FAILURES } from '@app/chat';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, type OpenAPIObject, SwaggerModule } from '@nestjs/swagger';
import { ERROR_STATUSES } from '../errors/error-statuses.js';
import { type Route, routesOf } from '../routes/route-table.js';
import { type Components, completeOperation, type Operation } from './complete-operation.js';
import { DOCUMENT_DESCRIPTION } from './document-description.js';
import { OPERATION_GROUPS, sortByUse } from './operation-groups.js';
import { operationIdOf } from './operation-id.js';
import { RESPONSE_HEADERS } from './response-headers.js';

/** What the committed document is for: a gateway as `npm start` starts it. */
const LOCAL_SERVER = 'http://127.0.0.1:3000';

/**
 * The API as the code declares it, in OpenAPI 3.1: what the controllers say of input and success, and what follows from
 * the policies of each route.
 */
export function openApiDocument(
  app: INestApplication,
  servers: readonly string[] = [LOCAL_SERVER],
): OpenAPIObject {
  const document = SwaggerModule.createDocument(app, description(servers), {
    operationIdFactory: operationIdOf,
  });
  sortByUse(document);
  listErrorCodes(document);
  Object.assign(document.components!, {
    headers: RESPONSE_HEADERS,
    parameters: { DPoP: PROOF },
    responses: {},
  });
  const components = document.components as Components;
  for (const route of routesOf(app)) {
    const operation = operationOf(document, route);
    if (operation) completeOperation(operation, route, components);
  }
  return document;
}

/**
 * A parameter and no security scheme: generators of clients know Basic and Bearer only, and warn of each operation that
 * names another one.
 */
const PROOF = {
  name: 'DPoP',
  in: 'header',
  required: false,
  description:
    'A DPoP proof (RFC 9449) for this call. At sign-in it binds the session to a key of the phone. Each call of a bound ' +
    'session needs one, and sends its token as `Authorization: DPoP …`.',
  schema: { type: 'string' },
};

function description(servers: readonly string[]): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setTitle('MCP Phone gateway')
    .setDescription(DOCUMENT_DESCRIPTION)
    .setVersion('1')
    .setLicense('MIT', 'https://opensource.org/license/mit')
    .addBearerAuth({
      type: 'http',
      scheme: 'bearer',
      bearerFormat: 'JWT',
      description:
        'The access token. A token that is bound to a key of the phone is sent as `DPoP …` instead.',
    })
    .addSecurityRequirements('bearer')
    .setOpenAPIVersion('3.1.0');
  for (const url of servers) builder.addServer(url);
  for (const [name, text] of Object.entries(OPERATION_GROUPS)) builder.addTag(name, text);
  return builder.build();
}

function operationOf({ paths }: OpenAPIObject, { method, path }: Route): Operation | undefined {
  const operations = paths[path.replace(/:(\w+)/g, '{$1}')] as
    Record<string, Operation> | undefined;
  return operations?.[method.toLowerCase()];
}

/** The codes come from the table of the filter: no library knows those of the others. */
function listErrorCodes({ components }: OpenAPIObject): void {
  const schemas = components!.schemas as Record<string, { properties?: Record<string, object> }>;
  schemas.ErrorCode = {
    type: 'string',
    enum: Object.keys(ERROR_STATUSES),
    description: 'Stable. docs/api.md explains each code. Later versions may add codes.',
  } as object;
  schemas.RunErrorCode = {
    type: 'string',
    enum: [...Object.keys(ERROR_STATUSES), ...ANSWER_FAILURES],
    description: 'Why a message failed: the code of the error, or of an answer with isError.',
  } as object;
  schemas.ErrorView!.properties!.code = { $ref: '#/components/schemas/ErrorCode' };
  for (const { properties } of Object.values(schemas)) {
    if (properties?.errorCode && !('enum' in properties.errorCode)) {
      properties.errorCode = { $ref: '#/components/schemas/RunErrorCode' };
    }
  }
}
