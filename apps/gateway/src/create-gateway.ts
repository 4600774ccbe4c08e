import { LogLevels, logRequests, type LoggingModuleOptions } from '@app/logging';
import {
  addressMatcher,
  ClientThrottlerGuard,
  connectionsConfig,
  allowOrigins,
  drainOnClose,
  beginInTurns,
  EnvelopeAdapter,
  hardenServer,
  type HttpConfig,
  httpConfig,
  limitBeforeBody,
  refuseAmbiguousHeaders,
  refusePlainHttp,
  securityConfig,
  ServerConnections,
  serverOptions,
  ShutdownDrain,
  useCanonicalAddress,
} from '@app/security';
import { BlockListService, refuseBlocked } from '@app/operations';
import { withSharedPatience } from '@app/persistence';
import { tracingConfig } from '@app/tracing';
import type { ConfigType } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import { disclosureConfig } from './disclosure/disclosure.config.js';
import { serveSecurityText } from './disclosure/serve-security-txt.js';
import { metricsConfig } from './metrics/metrics.config.js';
import { serveMetrics } from './metrics/serve-metrics.js';
import { traceRequests } from './tracing/trace-requests.js';
import { assertValidEnvironment } from './configuration/environment.js';
import { serveApiReference } from './openapi/api-reference.js';
import { openApiConfig } from './openapi/openapi.config.js';
import { GatewayModule } from './gateway.module.js';

/**
 * The gateway, ready to listen; `main.ts` and the end-to-end tests start the same one.
 *
 * @throws ConfigurationError if the environment is not fit to start with
 */
export async function createGateway(
  logging: LoggingModuleOptions = {},
): Promise<NestFastifyApplication> {
  assertValidEnvironment();
  const root = await GatewayModule.forRoot(logging);
  const [http, bounds] = [httpConfig(), connectionsConfig()];
  const isProxy = addressMatcher(http.trustProxy || []);
  const connections = new ServerConnections(bounds, isProxy);
  const options = serverOptions(http, bounds, connections);
  const adapter = new EnvelopeAdapter({ ...options, skipMiddie: true });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    // Until our own logger is there, an error is all that could be said, and it is thrown.
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  app.useLogger(app.get(Logger));
  await configureServer(app, http, isProxy, connections);
  return app;
}

async function configureServer(
  app: NestFastifyApplication,
  { publicUrl, host, plainHttpFrom }: HttpConfig,
  isProxy: (ip: string) => boolean,
  connections: ServerConnections,
): Promise<void> {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  useCanonicalAddress(server, isProxy);
  // Before the log, whose lines name the trace.
  await traceRequests(server, tracingConfig(), isProxy);
  logRequests(server, (await app.resolve(PinoLogger)).logger, app.get(LogLevels));
  await serveMetrics(server, metricsConfig(), host);
  hardenServer(server);
  const blocks = app.get(BlockListService);
  refuseBlocked(server, (ip) => blocks.isBlocked(ip));
  refusePlainHttp(server, { isProxy, mayBePlain: addressMatcher(plainHttpFrom) });
  connections.boundRequests(server);
  beginInTurns(server);
  drainOnClose(server, connections, app.get(ShutdownDrain).over);
  limitBeforeBody(server, app.get(ClientThrottlerGuard));
  refuseAmbiguousHeaders(server);
  // After the body is there: what reads it would not keep the context.
  server.addHook('preValidation', (_request, _reply, done) => withSharedPatience(done));
  const config = app.get<ConfigType<typeof securityConfig>>(securityConfig.KEY);
  if (app.get<ConfigType<typeof openApiConfig>>(openApiConfig.KEY).isServed) {
    serveApiReference(app, publicUrl);
  }
  serveSecurityText(server, disclosureConfig(), publicUrl);
  allowOrigins(server, config.allowedOrigins);
}
