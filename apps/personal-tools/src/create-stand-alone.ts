import { ConsoleLogger, type LoggerService } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { FastifyAdapter, type NestFastifyApplication } from '@nestjs/platform-fastify';
import { StandAloneModule } from './stand-alone.module.js';

/** How long a client may take to send its request. Milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/**
 * The stand-alone application, configured and not yet listening.
 *
 * @throws ConfigurationError
 */
export async function createStandAlone(
  logger: LoggerService = new ConsoleLogger({ json: true }),
): Promise<NestFastifyApplication> {
  const app = await NestFactory.create<NestFastifyApplication>(
    await StandAloneModule.forRoot(),
    adapterThatLeavesBodiesUnread(),
    {
      bodyParser: false,
      // The caller says what went wrong. Held back, the log keeps silent about it when the start fails.
      abortOnError: false,
      bufferLogs: true,
      autoFlushLogs: false,
    },
  );
  app.useLogger(logger);
  app.flushLogs();
  return app;
}

/** Nothing of a body is read before the guard knows the caller. The protocol's handler reads and bounds it then. */
function adapterThatLeavesBodiesUnread(): FastifyAdapter {
  const adapter = new FastifyAdapter({ requestTimeout: REQUEST_TIMEOUT });
  const fastify = adapter.getInstance();
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('*', (_request, _payload, done) => done(null));
  return adapter;
}
