import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { createGateway } from '../create-gateway.js';
import { openApiDocument } from './openapi-document.js';

// `npm run openapi`: writes the document that is kept in the repository.
const app = await createGateway();
await app.init();
writeFileSync('docs/openapi.json', `${JSON.stringify(openApiDocument(app), null, 2)}\n`);
await app.close();
