import 'reflect-metadata';
import { ConfigurationError } from '@app/config';
import { httpConfig } from '@app/security';
import { Logger } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { createGateway } from './create-gateway.js';
import { walkThroughConfig } from './walk-through/walk-through.config.js';
import { walkThrough } from './walk-through/walk-through.js';

try {
  await start();
} catch (error) {
  process.stderr.write(`${whyNot(error)}\n`);
  process.exit(1);
}

async function start(): Promise<void> {
  const app = await createGateway();
  const { host, port } = httpConfig();
  await app.listen(port, host);
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => void stop(app, signal));
  }
  const url = await app.getUrl();
  new Logger('Gateway').log({ event: 'gateway.listening', url });
  if (walkThroughConfig().isShown) {
    process.stderr.write(
      `\nThe gateway is up: ${url}  (API page: ${url}/docs)\n\n${walkThrough(url)}\n\n`,
    );
  }
}

/** Lets what runs come to its end, then stops. A second signal stops at once, as the handler is used up. */
async function stop(app: NestFastifyApplication, signal: NodeJS.Signals): Promise<void> {
  new Logger('Gateway').log({ event: 'gateway.stopping', signal });
  await app.close();
  process.exit(0);
}

/** One line for what an operator can mend; anything else is ours, and comes with its stack. */
function whyNot(error: unknown): string {
  if (error instanceof ConfigurationError) return error.message;
  const { code, message, stack } = error as NodeJS.ErrnoException;
  return code ? `Cannot start: ${message.split('\n')[0]}` : `Cannot start: ${stack}`;
}
