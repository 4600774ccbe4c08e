import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { globSync, readFileSync } from 'node:fs';
import { createGateway } from '../../apps/gateway/src/create-gateway.js';
import { openApiDocument } from '../../apps/gateway/src/openapi/openapi-document.js';
import { routesOf, routeTable } from '../../apps/gateway/src/routes/route-table.js';
import { freshStorage } from './gateway.ts';

// What the repository says of the API, against what the code declares.
let app: NestFastifyApplication;
beforeAll(async () => {
  Object.assign(process.env, { NODE_ENV: 'test', ...(await freshStorage()) });
  app = await createGateway({ destination: { write: () => undefined } });
  await app.init();
});
afterAll(() => app.close());

describe('the committed table of routes', () => {
  it('is what the decorators declare; otherwise review it and run `npm run routes`', () => {
    expect(readFileSync('test/e2e/routes.md', 'utf8')).toBe(routeTable(routesOf(app)));
  });

  it('has an audited action for every route that changes something, and for every one of administrators', () => {
    const unaudited = routesOf(app).filter(
      ({ method, path, audit }) =>
        !audit && (/^(POST|PUT|PATCH|DELETE)$/.test(method) || path.startsWith('/api/admin/')),
    );
    expect(unaudited).toEqual([]);
  });

  it('names every route that the server answers', () => {
    const declared = new Set(routesOf(app).map(({ method, path }) => `${method} ${path}`));
    const server = app.getHttpAdapter().getInstance() as unknown as {
      hasRoute(route: { method: string; url: string }): boolean;
      printRoutes(options: { commonPrefix: boolean }): string;
    };
    for (const route of declared) {
      const [method, url] = route.split(' ') as [string, string];
      expect(server.hasRoute({ method: method === 'ALL' ? 'GET' : method, url })).toBe(true);
    }
  });
});

describe('the committed OpenAPI document', () => {
  const committed = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
    openapi: string;
    paths: Record<string, Record<string, { responses: object; security?: object }>>;
    components: { schemas: Record<string, { properties?: Record<string, object> }> };
  };

  it('is what the code declares; otherwise run `npm run openapi`', () => {
    expect(committed).toEqual(JSON.parse(JSON.stringify(openApiDocument(app))));
  });

  it('is OpenAPI 3.1 and has every route but the catch-all', () => {
    expect(committed.openapi).toBe('3.1.0');
    const documented = Object.entries(committed.paths).flatMap(([path, operations]) =>
      Object.keys(operations).map((method) => `${method.toUpperCase()} ${path}`),
    );
    const routes = routesOf(app)
      .filter(({ method }) => method !== 'ALL')
      .map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`);
    expect(documented.toSorted()).toEqual(routes.toSorted());
  });

  it('says which routes need a token', () => {
    for (const { method, path, access } of routesOf(app)) {
      if (method === 'ALL') continue;
      const operation = committed.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      expect([path, Boolean(operation?.security)]).toEqual([path, access !== 'public']);
    }
  });

  it('shows nothing of what is behind the assistants', () => {
    const fields = Object.values(committed.components.schemas).flatMap(({ properties = {} }) =>
      Object.keys(properties),
    );
    expect(fields).not.toEqual(expect.arrayContaining(['servers']));
    expect(JSON.stringify(committed.components)).not.toMatch(/stdio|isolation|allowedTools/i);
  });
});

describe('every parameter of every route', () => {
  it('has a DTO or a pipe: nothing from outside reaches a handler unchecked', () => {
    const sources = readFilesOf('libs').concat(readFilesOf('apps/gateway'));
    const parameters = sources
      .filter(({ path }) => path.endsWith('.controller.ts'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/@(Body|Query|Param)\(([^)]*)\)\s*(?:\{[^}]*\}|\w+): (\w+)/g)].map(
          ([, decorator, pipe, type]) => ({ path, decorator, pipe, type: type! }),
        ),
      );
    expect(parameters.length).toBeGreaterThan(8);
    const unchecked = parameters.filter(
      ({ pipe, type }) => pipe === '' && !/(Dto|Params|Query)$/.test(type),
    );
    expect(unchecked).toEqual([]);
    const raw = sources.filter(
      ({ path, text }) => path.endsWith('.controller.ts') && /@Req\(/.test(text),
    );
    expect(raw.map(({ path }) => path)).toEqual([]);
  });
});

function readFilesOf(folder: string): { path: string; text: string }[] {
  return globSync(`${folder}/**/*.ts`).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
