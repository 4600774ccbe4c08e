import 'reflect-metadata';
import { ConfigurationError } from '@app/config';
import { ModelDiscovery } from '@app/models';
import { isDatabaseOutage } from '@app/persistence';
import { connectionsConfig, httpConfig } from '@app/security';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createGateway } from './create-gateway.js';
import { releaseStartMemory } from './release-start-memory.js';
import { walkThroughConfig } from './walk-through/walk-through.config.js';
import { modelLine, walkThrough } from './walk-through/walk-through.js';

try {
  await start();
} catch (error) {
  process.stderr.write(`${whyNot(error)}\n`);
  process.exit(1);
}

async function start(): Promise<void> {
  const app = await createGateway();
  const { host, port, tls } = httpConfig();
  // Beside the start, which does not wait for it until all the rest is done.
  const looking = app.get(ModelDiscovery).look();
  await app.listen(port, host);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop(app, signal));
  }
  releaseStartMemory();
  const url = await app.getUrl();
  // What it is bound to: `getUrl` says 127.0.0.1 for all addresses, as if no other machine could come in.
  const authority = `${host.includes(':') ? `[${host}]` : host}:${new URL(url).port || port}`;
  new Logger('Gateway').log({
    event: 'gateway.listening',
    url: `${tls ? 'https' : 'http'}://${authority}`,
  });
  const model = await looking;
  if (walkThroughConfig().isShown) {
    process.stderr.write(
      `\nThe gateway is up: ${url}  (API page: ${url}/docs)\n${modelLine(model)}\n\n${walkThrough(url)}\n\n`,
    );
  }
}

/** What a stop takes after the drain at most: to end MCP servers, send mails and close the database. Milliseconds. */
const LAST_STEPS_MS = 15_000;

/**
 * Lets what runs come to its end, each within the drain, then stops. A second signal stops at once, as the handler is
 * used up. Nothing that hangs keeps the process.
 */
async function stop(app: NestFastifyApplication, signal: NodeJS.Signals): Promise<void> {
  new Logger('Gateway').log({ event: 'gateway.stopping', signal });
  setTimeout(() => process.exit(0), connectionsConfig().shutdownDrain + LAST_STEPS_MS).unref();
  await app.close();
  process.exit(0);
}

/** One line for what an operator can fix; anything else is a bug and is shown with its stack. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  return code || isDatabaseOutage(error)
    ? `Cannot start: ${message.split('\n')[0]}`
    : `Cannot start: ${stack}`;
}
