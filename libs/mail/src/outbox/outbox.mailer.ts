import type { Mail, Mailer } from '../delivery/mailer.js';
import { toMailerError } from '../delivery/mailer.error.js';
import { toMessage } from '../delivery/message.js';
import type { Sender } from '../delivery/sender.js';
import { OutboxFolder } from './outbox-folder.js';

/** How often mails that are too old are looked for. Milliseconds. */
const SWEEP_EVERY = 3_600_000;

/** Writes each mail into a file instead of sending it: for development, and for deployments that forward the files themselves. */
export class OutboxMailer implements Mailer {
  private readonly folder: OutboxFolder;
  private readonly sweeper: NodeJS.Timeout;

  constructor(
    path: string,
    private readonly from: Sender,
  ) {
    this.folder = new OutboxFolder(path);
    const sweep = () => void this.folder.sweep().catch(() => undefined);
    this.sweeper = setInterval(sweep, SWEEP_EVERY).unref();
    sweep();
  }

  async deliver(mail: Mail): Promise<void> {
    const message = toMessage(mail, this.from);
    try {
      const { createTransport } = await import('nodemailer');
      const composer = createTransport({ streamTransport: true, buffer: true, newline: 'windows' });
      const { message: bytes } = await composer.sendMail(message);
      await this.folder.add(bytes as Buffer, mail.accountId);
    } catch (error) {
      throw toMailerError(error);
    }
  }

  close(): void {
    clearInterval(this.sweeper);
  }
}
