import type { INestApplication } from '@nestjs/common';
import Fastify, { type FastifyInstance, type FastifyReply } from 'fastify';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import { takePolicyReports } from './policy-reports.js';

/** Samples for the platforms of phone apps. The generator knows many more. */
const SAMPLES = ['shell/curl', 'js/fetch', 'swift/nsurlsession', 'kotlin/okhttp', 'dart/http'];

/** Nothing leaves the origin: no fonts, no proxy for requests, no hosted client, no model, no telemetry. */
const CONFIGURATION = {
  url: './docs/openapi.json',
  theme: 'default',
  withDefaultFonts: false,
  telemetry: false,
  proxyUrl: '',
  hideClientButton: true,
  showDeveloperTools: 'never',
  agent: { disabled: true },
  mcp: { disabled: true },
  persistAuth: false,
  documentDownloadType: 'direct',
  defaultHttpClient: { targetKey: 'shell', clientKey: 'curl' },
  featuredClients: SAMPLES,
};

const PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <link rel="icon" href="data:," />
    <title>MCP Phone gateway</title>
  </head>
  <body>
    <div id="app"></div>
    <script src="./docs/reference.js"></script>
    <script src="./docs/start.js"></script>
  </body>
</html>
`;

/** A file of its own, as the policy of the page allows no inline script. */
const START = `Scalar.createApiReference('#app', ${JSON.stringify(CONFIGURATION)});\n`;

/**
 * The reference at `/docs`, its document at `/docs/openapi.json`, and where browsers report what its policy blocks. The code that makes the document and the script of
 * the page are loaded when they are first asked for.
 */
export function serveApiReference(app: INestApplication, publicUrl: string | undefined): void {
  const server = app.getHttpAdapter().getInstance() as FastifyInstance;
  const document = once(() => documentOf(app, [...(publicUrl ? [publicUrl] : []), '/']));
  const script = once(() => referenceScript());
  server.get('/docs', (_request, reply) => send(reply, 'text/html', PAGE));
  server.get('/docs/start.js', (_request, reply) => send(reply, 'text/javascript', START));
  server.get('/docs/openapi.json', async (_request, reply) =>
    send(reply, 'application/json', await document()),
  );
  server.get('/docs/reference.js', async (_request, reply) => {
    const compressed = await script();
    return send(reply.header('content-encoding', 'gzip'), 'text/javascript', compressed);
  });
  takePolicyReports(server);
}

async function documentOf(app: INestApplication, servers: readonly string[]): Promise<string> {
  const { openApiDocument } = await import('./openapi-document.js');
  return JSON.stringify(openApiDocument(app, servers));
}

function send(reply: FastifyReply, type: string, content: string | Buffer): FastifyReply {
  // The next release may have another page at this address.
  return reply.header('cache-control', 'no-cache').type(`${type}; charset=utf-8`).send(content);
}

/** The validator in the script would try `eval` at each load, and the policy of the page reports what it blocks. */
const WITHOUT_EVAL = 'globalThis.__zod_globalConfig = { jitless: true };\n';

/** The script that the package carries. It has no export for it, only a plugin that serves it. */
async function referenceScript(): Promise<Buffer> {
  const { default: plugin } = await import('@scalar/fastify-api-reference');
  const host = Fastify();
  await host.register(plugin, { routePrefix: '/reference', configuration: { url: '/' } });
  const { rawPayload } = await host.inject('/reference/js/scalar.js');
  await host.close();
  return promisify(gzip)(Buffer.concat([Buffer.from(WITHOUT_EVAL), rawPayload]));
}

function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
