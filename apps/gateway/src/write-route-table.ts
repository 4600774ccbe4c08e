import 'reflect-metadata';
import { writeFileSync } from 'node:fs';
import { createGateway } from './create-gateway.js';
import { routesOf, routeTable } from './routes/route-table.js';

// `npm run routes`: writes the table that is kept in the repository.
const app = await createGateway();
await app.init();
writeFileSync('test/e2e/routes.md', routeTable(routesOf(app)));
await app.close();
