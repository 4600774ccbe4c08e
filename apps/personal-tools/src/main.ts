import { ConfigurationError } from '@app/config';
import { Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { createStandAlone } from './create-stand-alone.js';
import { personalToolsConfig } from './http/personal-tools.config.js';

/** How long requests may take to finish once the process was told to stop. Milliseconds. */
const DRAIN = 10_000;

async function main(): Promise<void> {
  loadEnvFile();
  const app = await createStandAlone();
  app.enableShutdownHooks(['SIGTERM', 'SIGINT'], { useProcessExit: true });
  for (const signal of ['SIGTERM', 'SIGINT'] as const) {
    process.once(signal, () => setTimeout(() => process.exit(1), DRAIN).unref());
  }
  const config = app.get<ConfigType<typeof personalToolsConfig>>(personalToolsConfig.KEY);
  await app.listen(config.port, config.host);
  new Logger('PersonalTools').log({
    event: 'personal_tools.listening',
    url: `http://${config.host.includes(':') ? `[${config.host}]` : config.host}:${config.port}/mcp`,
  });
}

/** Reads `.env`, if there is one; what comes from outside counts more. */
function loadEnvFile(): void {
  try {
    process.loadEnvFile();
  } catch {
    // There is none.
  }
}

main().catch((error: unknown) => {
  if (!(error instanceof ConfigurationError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exit(1);
});
