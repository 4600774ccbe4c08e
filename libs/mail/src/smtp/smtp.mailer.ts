import type { Mail, Mailer } from '../delivery/mailer.js';
import { MailerError, toMailerError } from '../delivery/mailer.error.js';
import { toMessage } from '../delivery/message.js';
import type { Sender } from '../delivery/sender.js';
import type { SmtpSettings } from './smtp-settings.js';

/** How long the server may take: to be reached and greet, to say its next word, for the whole mail. Milliseconds. */
const TO_CONNECT = 10_000;
const TO_ANSWER = 20_000;
const TO_DELIVER = 60_000;

/** Connections that are kept, and how long an unused one is. Milliseconds. */
const MAX_CONNECTIONS = 3;
const IDLE_FOR = 30_000;

/** Delivers through a mail server (RFC 5321), over connections that are kept for the next mail. */
export class SmtpMailer implements Mailer {
  private transport: ReturnType<typeof openTransport> | undefined;
  private isClosed = false;

  constructor(
    private readonly settings: SmtpSettings,
    private readonly from: Sender,
  ) {}

  async deliver(mail: Mail): Promise<void> {
    const message = toMessage(mail, this.from);
    if (this.isClosed) throw new MailerError('ECLOSED');
    this.transport ??= openTransport(this.settings);
    const signal = AbortSignal.timeout(TO_DELIVER);
    try {
      await (await this.transport).sendMail({ ...message, signal });
    } catch (error) {
      throw toMailerError(error);
    }
  }

  close(): void {
    this.isClosed = true;
    void this.transport?.then((transport) => transport.close({ force: true }));
  }
}

/** The library is loaded with the first mail: no start waits for it. */
async function openTransport({ host, port, login, ...tls }: SmtpSettings) {
  const { createTransport } = await import('nodemailer');
  return createTransport({
    pool: true,
    host,
    port,
    secure: tls.isTlsFromTheStart,
    requireTLS: tls.requiresTls,
    // Where TLS is optional, it is used if offered, whatever name the certificate has.
    opportunisticTLS: !tls.requiresTls,
    tls: { rejectUnauthorized: tls.requiresTls, minVersion: 'TLSv1.2' },
    ...(login ? { auth: login } : {}),
    maxConnections: MAX_CONNECTIONS,
    // The queue repeats attempts.
    maxRequeues: 0,
    idleTimeout: IDLE_FOR,
    dnsTimeout: TO_CONNECT,
    connectionTimeout: TO_CONNECT,
    greetingTimeout: TO_CONNECT,
    socketTimeout: TO_ANSWER,
    disableFileAccess: true,
    disableUrlAccess: true,
  });
}
