import 'reflect-metadata';
import { readFileSync, writeFileSync } from 'node:fs';
import type { OpenAPIObject } from '@nestjs/swagger';
import { createGateway } from './create-gateway.js';
import { openApiDocument } from './openapi/openapi-document.js';
import { lostOperationIds } from './openapi/operation-id.js';

const FILE = 'docs/openapi.json';

// `npm run openapi`: writes the document that is kept in the repository. Clients are generated from it, so an operation
// keeps its id, unless `npm run openapi -- --rename` says that it is meant.
const app = await createGateway();
await app.init();
const document = openApiDocument(app);
await app.close();

const lost = lostOperationIds(JSON.parse(readFileSync(FILE, 'utf8')) as OpenAPIObject, document);
if (lost.length > 0 && !process.argv.includes('--rename')) {
  process.stderr.write(
    `These operations would be lost to clients that call them by id: ${lost.join(', ')}.\n` +
      'If that is meant: npm run openapi -- --rename\n',
  );
  process.exit(1);
}
writeFileSync(FILE, `${JSON.stringify(document, null, 2)}\n`);
