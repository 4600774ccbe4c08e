import {
  authConfig,
  credentialsConfig,
  dpopConfig,
  emailConfig,
  passkeysConfig,
  secondFactorConfig,
} from '@app/auth';
import { chatConfig } from '@app/chat';
import { ConfigurationError } from '@app/config';
import { loggingConfig } from '@app/logging';
import { mailConfig } from '@app/mail';
import { mcpConfig } from '@app/mcp';
import { persistenceConfig } from '@app/persistence';
import { privacyConfig } from '@app/privacy';
import { httpConfig, securityConfig } from '@app/security';
import { openApiConfig } from './openapi/openapi.config.js';
import { personalToolsLinkConfig } from './personal-tools/personal-tools-link.config.js';

const CONFIGURATIONS = [
  httpConfig,
  authConfig,
  credentialsConfig,
  emailConfig,
  mailConfig,
  passkeysConfig,
  secondFactorConfig,
  dpopConfig,
  securityConfig,
  persistenceConfig,
  loggingConfig,
  mcpConfig,
  chatConfig,
  personalToolsLinkConfig,
  privacyConfig,
  openApiConfig,
];

/**
 * Reads the whole environment before anything is started, so that whoever has three variables wrong reads of
 * three, in one line.
 *
 * @throws ConfigurationError
 */
export function assertValidEnvironment(): void {
  const reasons = CONFIGURATIONS.flatMap((read) => reasonAgainst(read));
  if (reasons.length > 0) {
    throw new ConfigurationError(`Invalid configuration: ${[...new Set(reasons)].join('; ')}`);
  }
}

function reasonAgainst(read: () => unknown): string[] {
  try {
    read();
    return [];
  } catch (error) {
    if (!(error instanceof ConfigurationError)) throw error;
    return error.message.replace(/^Invalid configuration: /, '').split('; ');
  }
}
