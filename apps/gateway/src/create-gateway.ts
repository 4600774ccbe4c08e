import { logRequests, type LoggingModuleOptions } from '@app/logging';
import { corsPolicy, hardenServer, httpConfig, securityConfig, serverOptions } from '@app/security';
import type { ConfigType } from '@nestjs/config';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import type { FastifyInstance } from 'fastify';
import { Logger } from 'nestjs-pino';
import { assertValidEnvironment } from './environment.js';
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
    bufferLogs: true,
    abortOnError: false,
    bodyParser: false,
  });
  app.useLogger(app.get(Logger));
  configureServer(app);
  return app;
}

function configureServer(app: NestFastifyApplication): void {
  const server = app.getHttpAdapter().getInstance() as unknown as FastifyInstance;
  logRequests(server);
  hardenServer(server);
  const config = app.get<ConfigType<typeof securityConfig>>(securityConfig.KEY);
  app.enableCors(corsPolicy(config.allowedOrigins) as never);
}
