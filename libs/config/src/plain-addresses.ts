import { ConfigurationError } from './configuration.error.js';
import { runMode } from './run-mode.js';

/** What only this machine reaches, and names that browsers resolve to it. */
const LOOPBACK = /^(localhost|.+\.localhost|127(\.\d+){3}|\[::1\])$/;

/**
 * Stops a start in production with an address whose calls would travel in clear text.
 *
 * @throws ConfigurationError
 */
export function refusePlainInProduction(
  variable: string,
  addresses: readonly string[],
  environment: NodeJS.ProcessEnv,
): void {
  if (runMode(environment) !== 'production' || !addresses.some(isPlain)) return;
  const reason = `${variable} must begin with https: in production, but for this machine`;
  throw new ConfigurationError(`Invalid configuration: ${reason}`);
}

function isPlain(address: string): boolean {
  const { protocol, hostname } = new URL(address);
  return protocol === 'http:' && !LOOPBACK.test(hostname);
}
