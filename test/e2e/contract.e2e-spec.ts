import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { globSync, readFileSync } from 'node:fs';
import { createGateway } from '../../apps/gateway/src/create-gateway.js';
import { openApiDocument } from '../../apps/gateway/src/openapi/openapi-document.js';
import { ERROR_STATUSES } from '../../apps/gateway/src/errors/error-statuses.js';
import { operationIds } from '../../apps/gateway/src/openapi/operation-id.js';
import { routesOf, routeTable } from '../../apps/gateway/src/routes/route-table.js';
import { freshStorage } from './gateway.ts';

// What the repository says of the API, against what the code declares.
let app: NestFastifyApplication;
beforeAll(async () => {
  const environment = { NODE_ENV: 'test', ...(await freshStorage()) };
  for (const [name, value] of Object.entries(environment)) vi.stubEnv(name, value);
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
    paths: Record<
      string,
      Record<string, { operationId: string; responses: object; security: object[] }>
    >;
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

  it('calls every operation by a name of its own, in which a verb says what it does', () => {
    const ids = [...operationIds(committed as never).values()];
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
    expect(ids.filter((id) => !/^[a-z]+([A-Z][a-zA-Z]*)?$/.test(id))).toEqual([]);
    for (const known of ['register', 'login', 'listProfiles', 'sendMessage', 'getHistory']) {
      expect(ids).toContain(known);
    }
  });

  it('lists every error code of the table of statuses', () => {
    const { ErrorCode } = committed.components.schemas as Record<string, { enum?: string[] }>;
    expect(ErrorCode?.enum?.toSorted()).toEqual(Object.keys(ERROR_STATUSES).toSorted());
  });

  it('says which routes need a token', () => {
    for (const { method, path, access } of routesOf(app)) {
      if (method === 'ALL') continue;
      const operation = committed.paths[path.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      expect([path, (operation?.security.length ?? 0) > 0]).toEqual([path, access !== 'public']);
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

describe('every error that passes with time', () => {
  it('says when to come back', () => {
    const passing = Object.entries(ERROR_STATUSES).flatMap(([code, status]) =>
      status === 429 || status === 503 ? [code] : [],
    );
    const thrown = readFilesOf('libs')
      .concat(readFilesOf('apps/gateway'))
      .filter(({ path }) => !path.endsWith('.spec.ts'))
      .flatMap(({ path, text }) =>
        [...text.matchAll(/new \w+Error\(\s*'(\w+)'[^;]*;/g)].map(([source, code]) => ({
          path,
          code: code!,
          source,
        })),
      );
    // What a model says becomes an error of the chat.
    const ofPassing = thrown.filter(
      ({ code, source }) => passing.includes(code) && !source.startsWith('new ModelError('),
    );
    // Made in one place, of a table.
    const switchedOff = ['assistant_off', 'model_off', 'service_off', 'tool_off'];
    expect(readFileSync('libs/chat/src/chat.error.ts', 'utf8')).toMatch(
      /new ChatError\(code, words, \{ retryAfter/,
    );
    expect([...new Set([...ofPassing.map(({ code }) => code), ...switchedOff])].toSorted()).toEqual(
      passing.toSorted(),
    );
    expect(ofPassing.filter(({ source }) => !source.includes('retryAfter'))).toEqual([]);
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

describe('every field of every DTO', () => {
  const dtos = readFilesOf('libs').filter(({ path }) => path.endsWith('.dto.ts'));
  // A field with the decorators before it, which are what stands since the field before.
  const fields = dtos.flatMap(({ path, text }) =>
    [...text.matchAll(/((?:^ {2}[@ )}\]].*\n)+)^ {2}(\w+)([!?]): ([^;\n]+)/gm)].map(
      ([, decorators, name, mark, type]) => ({
        place: `${path} ${name}`,
        decorators: decorators!,
        isOptional: mark === '?',
        type: type!,
      }),
    ),
  );

  it('that is optional follows the one rule of what is absent', () => {
    expect(fields.length).toBeGreaterThan(40);
    const optional = fields.filter(({ isOptional }) => isOptional);
    expect(optional.length).toBeGreaterThan(15);
    const others = optional.filter(
      ({ decorators }) =>
        !/@IsOptional\(\)|@IsDeviceText\(|@IsPageLimit\(|optional: true/.test(decorators),
    );
    expect(others.map(({ place }) => place)).toEqual([]);
    expect(dtos.filter(({ text }) => text.includes('ValidateIf')).map(({ path }) => path)).toEqual(
      [],
    );
  });

  it('that is an id is parsed by the one decorator', () => {
    const own = readFilesOf('libs').filter(
      ({ path, text }) =>
        /\bIsUUID\b|ParseUUIDPipe/.test(text) && !path.endsWith('/id.decorator.ts'),
    );
    expect(own.map(({ path }) => path)).toEqual([]);
    const ids = fields.filter(({ decorators }) => /@Is(Conversation)?Id\(/.test(decorators));
    expect(ids.length).toBeGreaterThanOrEqual(8);
  });

  it('that is a text is trimmed, or has a reason why not', () => {
    const texts = fields.filter(
      ({ type, decorators }) =>
        type === 'string' &&
        !/@(Trimmed|IsId|IsConversationId|IsTotpCode|IsDeviceText)\(/.test(decorators),
    );
    const asTheyAre = texts.map(({ place }) => place.split(' ')[1]!);
    // Passwords and messages are taken as they are; the rest is not typed by people, or has a form without white space.
    const known =
      /password|^(message|title|profile_?[iI]d|purpose|version|limit|cursor|after|action|archived|format|rating|callId|server|inputId|rule|address|from|to|since|until|objectId|outcome)$/i;
    const unknown = asTheyAre.filter((name) => !known.test(name));
    const ofPasskeys = new Set(
      fields
        .filter(({ place }) => place.includes('authenticator-response'))
        .map(({ place }) => place.split(' ')[1]!),
    );
    expect(unknown.filter((name) => !ofPasskeys.has(name))).toEqual([]);
  });
});

function readFilesOf(folder: string): { path: string; text: string }[] {
  return globSync(`${folder}/**/*.ts`).map((path) => ({ path, text: readFileSync(path, 'utf8') }));
}
