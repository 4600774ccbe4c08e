import {
  choiceVariable,
  ConfigurationError,
  keyVariable,
  parsedSecretVariable,
  parsedVariable,
  parseEnvironment,
} from '@app/config';
import { isMailAddress } from '@app/mail';
import { registerAs } from '@nestjs/config';
import { SEVERITIES, type Severity } from '../events/severity.js';

export interface AlertConfig {
  readonly webhook: { readonly url: string; readonly key: Buffer } | undefined;
  readonly mailTo: string | undefined;
  /** What is told: this, and what is worse. @default high */
  readonly severity: Severity;
}

interface Variables {
  ALERT_WEBHOOK_URL?: string;
  ALERT_WEBHOOK_SECRET?: string;
  ALERT_MAIL_TO?: string;
  ALERT_SEVERITY: Severity;
}

/** The shortest key of a signature. Bytes. */
const SHORTEST_KEY = 24;

/** How Standard Webhooks writes a key: what follows is Base64. */
const KEY_PREFIX = 'whsec_';

export const alertConfig = registerAs('alert', (): AlertConfig => {
  const variables = parseEnvironment<Variables>(
    {
      ALERT_WEBHOOK_URL: parsedSecretVariable(webhookUrl)
        .optional()
        .describe(
          'Address that gets security events as signed requests: https://alerts.example.org/hook.',
        )
        .meta({ unset: 'no webhook' }),
      ALERT_WEBHOOK_SECRET: keyVariable({ shortest: SHORTEST_KEY, longest: 512 })
        .optional()
        .describe(
          'Key that signs webhooks: whsec_ and Base64, or any text. Required with ALERT_WEBHOOK_URL.',
        )
        .meta({ unset: 'none' }),
      ALERT_MAIL_TO: parsedVariable(mailAddress)
        .optional()
        .describe('Address that gets mails about security events, such as that of a mailing list.')
        .meta({ unset: 'no mail' }),
      ALERT_SEVERITY: choiceVariable(SEVERITIES, 'high').describe(
        'Least severity of the security events that are sent by webhook and mail.',
      ),
    },
    process.env,
  );
  const { ALERT_WEBHOOK_URL: url, ALERT_WEBHOOK_SECRET: secret } = variables;
  if (url && !secret) {
    throw new ConfigurationError(
      'Invalid configuration: ALERT_WEBHOOK_SECRET is required with ALERT_WEBHOOK_URL',
    );
  }
  return {
    webhook: url && secret ? { url, key: keyOf(secret) } : undefined,
    mailTo: variables.ALERT_MAIL_TO,
    severity: variables.ALERT_SEVERITY,
  };
});

function webhookUrl(text: string): string {
  const url = URL.parse(text);
  const isHttp = url?.protocol === 'https:' || url?.protocol === 'http:';
  if (url && isHttp && url.username === '' && url.password === '' && url.hash === '') {
    return url.href;
  }
  throw new Error('must be an address such as https://alerts.example.org/hook');
}

function mailAddress(text: string): string {
  if (isMailAddress(text)) return text;
  throw new Error('must be a mail address');
}

function keyOf(secret: string): Buffer {
  if (!secret.startsWith(KEY_PREFIX)) return Buffer.from(secret);
  const key = Buffer.from(secret.slice(KEY_PREFIX.length), 'base64');
  if (key.length >= SHORTEST_KEY) return key;
  throw new ConfigurationError(
    `Invalid configuration: ALERT_WEBHOOK_SECRET must have at least ${SHORTEST_KEY} bytes after ${KEY_PREFIX}`,
  );
}
