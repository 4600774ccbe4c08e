import { logRequests, type LoggingModuleOptions } from '@app/logging';
import {
  corsPolicy,
  drainOnClose,
  hardenServer,
  httpConfig,
  securityConfig,
  serverOptions,
} from '@app/security';
import type { ConfigType } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger, PinoLogger } from 'nestjs-pino';
import { assertValidEnvironment } from './environment.js';
import { openApiConfig } from './openapi/openapi.config.js';
import { serveOpenApi } from './openapi/openapi-document.js';
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
  const adapter = new FastifyAdapter({ ...serverOptions(httpConfig()), skipMiddie: true });
  const app = await NestFactory.create<NestFastifyApplication>(root, adapter, {
    // Until our own logger is there, an error is all that could be said, and it is thrown.
    logger: false,
    abortOnError: false,
    bodyParser: false,
  });
  app.useLogger(app.get(Logger));
  await configureServer(app);
  return app;
}

async function configureServer(app: NestFastifyApplication): Promise<void> {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  logRequests(server, (await app.resolve(PinoLogger)).logger);
  hardenServer(server);
  drainOnClose(server);
  const config = app.get<ConfigType<typeof securityConfig>>(securityConfig.KEY);
  if (app.get<ConfigType<typeof openApiConfig>>(openApiConfig.KEY).isServed) serveOpenApi(app);
  app.enableCors(corsPolicy(config.allowedOrigins) as never);
}
