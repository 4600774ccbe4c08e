import { ConfigurationError, parseEnvironment, runMode } from '@app/config';
import { registerAs } from '@nestjs/config';
import Joi from 'joi';
import { join, resolve } from 'node:path';
import { isAppLink } from './app-link.js';
import { isMailAddress } from './delivery/mail-address.js';
import type { Sender } from './delivery/message.js';
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
  MAIL_FROM?: string;
  MAIL_APP_LINK?: string;
  DATA_DIR: string;
}

/** Stands in the files of the outbox where nothing else was said. */
const NOBODY: Sender = { name: '', address: 'gateway@localhost.localdomain' };

export const mailConfig = registerAs('mail', (): MailConfig => {
  const variables = parseEnvironment<Variables>(
    {
      SMTP_URL: Joi.string().custom((url: string) => {
        smtpSettings(url, false);
        return url;
      }, 'a mail server'),
      SMTP_INSECURE: Joi.boolean().default(false),
      MAIL_FROM: Joi.string().custom((sender: string) => {
        senderOf(sender);
        return sender;
      }, 'a sender'),
      MAIL_APP_LINK: Joi.string().custom((link: string) => {
        if (isAppLink(link)) return link;
        throw new Error('must be like https://app.example.org/account, without ? and #');
      }, 'a link'),
      DATA_DIR: Joi.string().default('./data'),
    },
    process.env,
  );
  const { SMTP_URL, MAIL_FROM } = variables;
  if (SMTP_URL && !MAIL_FROM) {
    throw new ConfigurationError('Invalid configuration: MAIL_FROM is required with SMTP_URL');
  }
  return {
    smtp: SMTP_URL ? smtpSettings(SMTP_URL, variables.SMTP_INSECURE) : undefined,
    from: MAIL_FROM ? senderOf(MAIL_FROM) : NOBODY,
    outbox: join(resolve(variables.DATA_DIR), 'outbox'),
    appLink: variables.MAIL_APP_LINK,
    isProduction: runMode(process.env) === 'production',
  };
});

/** `noreply@example.org`, or `Example App <noreply@example.org>`. */
function senderOf(text: string): Sender {
  const [, name = '', address = text] = /^([\w .'-]{1,60}) <([^<>]+)>$/.exec(text) ?? [];
  if (isMailAddress(address)) return { name, address };
  throw new Error('must be an address, or a name and then an address in angle brackets');
}
