import {
  booleanVariable,
  ConfigurationError,
  parsedSecretVariable,
  parsedVariable,
  parseEnvironment,
  runMode,
  textVariable,
} from '@app/config';
import { registerAs } from '@nestjs/config';
import { join, resolve } from 'node:path';
import { isAppLink } from './app-link.js';
import { type Sender, senderOf } from './delivery/sender.js';
import { type SmtpSettings, smtpSettings } from './smtp/smtp-settings.js';

export interface MailConfig {
  /** The server that sends; without one mails are written into `outbox`. */
  readonly smtp: SmtpSettings | undefined;
  readonly from: Sender;
  /** Absolute folder of mails that are not sent. */
  readonly outbox: string;
  /** What links in mails begin with; without it a mail has the bare token, to be pasted. */
  readonly appLink: string | undefined;
  /** Whether an operator expects that mails reach people. */
  readonly isProduction: boolean;
}

interface Variables {
  SMTP_URL?: string;
  SMTP_INSECURE: boolean;
  MAIL_FROM?: Sender;
  MAIL_APP_LINK?: string;
  DATA_DIR: string;
}

/** Stands in the files of the outbox where nothing else was said. */
const DEFAULT_SENDER: Sender = { name: '', address: 'gateway@localhost.localdomain' };

export const mailConfig = registerAs('mail', (): MailConfig => {
  const variables = parseEnvironment<Variables>(
    {
      SMTP_URL: parsedSecretVariable((url) => {
        smtpSettings(url, false);
        return url;
      })
        .optional()
        .describe(
          'Server that sends mails: smtps://user:password@host:465, or smtp://host:587 (STARTTLS).',
        )
        .meta({ unset: 'mails are written to DATA_DIR/outbox' }),
      SMTP_INSECURE: booleanVariable(false).describe(
        'Whether mails may be sent without TLS, or with any certificate, if the mail server offers nothing better.',
      ),
      MAIL_FROM: parsedVariable(senderOf)
        .optional()
        .describe('Sender, such as Example App <noreply@example.org>. Required with SMTP_URL.')
        .meta({ unset: 'none' }),
      MAIL_APP_LINK: parsedVariable((link) => {
        if (isAppLink(link)) return link;
        throw new Error('must be like https://app.example.org/account, without ? and #');
      })
        .optional()
        .describe(
          'Prefix of the links in mails, such as https://app.example.org/account or org.example.app://account.',
        )
        .meta({ unset: 'mails hold the bare token' }),
      DATA_DIR: textVariable().default('./data'),
    },
    process.env,
  );
  const { SMTP_URL, MAIL_FROM } = variables;
  if (SMTP_URL && !MAIL_FROM) {
    throw new ConfigurationError('Invalid configuration: MAIL_FROM is required with SMTP_URL');
  }
  return {
    smtp: SMTP_URL ? smtpSettings(SMTP_URL, variables.SMTP_INSECURE) : undefined,
    from: MAIL_FROM ?? DEFAULT_SENDER,
    outbox: join(resolve(variables.DATA_DIR), 'outbox'),
    appLink: variables.MAIL_APP_LINK,
    isProduction: runMode(process.env) === 'production',
  };
});
