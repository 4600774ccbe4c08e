import {
  administrationConfig,
  credentialsConfig,
  dpopConfig,
  emailConfig,
  factorConfig,
  passkeysConfig,
  secondFactorConfig,
  sessionConfig,
  signingConfig,
} from '@app/auth';
import { backupConfig } from '@app/backup';
import { chatConfig } from '@app/chat';
import { ConfigurationError } from '@app/config';
import { serverConnectionsConfig } from '@app/connections';
import { auditConfig, loggingConfig } from '@app/logging';
import { mailConfig } from '@app/mail';
import { mcpConfig } from '@app/mcp';
import { modelsConfig } from '@app/models';
import { alertConfig, detectionConfig, eventsConfig } from '@app/operations';
import { persistenceConfig } from '@app/persistence';
import { privacyConfig } from '@app/privacy';
import { connectionsConfig, httpConfig, securityConfig, streamsConfig } from '@app/security';
import { tracingConfig } from '@app/tracing';
import { disclosureConfig } from '../disclosure/disclosure.config.js';
import { metricsConfig } from '../metrics/metrics.config.js';
import { openApiConfig } from '../openapi/openapi.config.js';
import { personalToolsLinkConfig } from '../personal-tools/personal-tools-link.config.js';

export const CONFIGURATIONS = [
  httpConfig,
  connectionsConfig,
  streamsConfig,
  signingConfig,
  credentialsConfig,
  sessionConfig,
  factorConfig,
  emailConfig,
  mailConfig,
  passkeysConfig,
  secondFactorConfig,
  dpopConfig,
  administrationConfig,
  securityConfig,
  persistenceConfig,
  loggingConfig,
  auditConfig,
  metricsConfig,
  tracingConfig,
  mcpConfig,
  modelsConfig,
  chatConfig,
  serverConnectionsConfig,
  personalToolsLinkConfig,
  privacyConfig,
  detectionConfig,
  eventsConfig,
  alertConfig,
  backupConfig,
  openApiConfig,
  disclosureConfig,
];

/**
 * Reads the whole environment before anything is started, so that an operator with
 * three invalid variables reads of all three, in one line.
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
