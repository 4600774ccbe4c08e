import { Inject, Logger, Module, type OnApplicationBootstrap } from '@nestjs/common';
import { ConfigModule, type ConfigType } from '@nestjs/config';
import { Mailer } from './delivery/mailer.js';
import { mailConfig } from './mail.config.js';
import { KeptMails } from './outbox/kept-mails.js';
import { OutboxMailer } from './outbox/outbox.mailer.js';
import { MailQueue } from './queue/mail-queue.js';
import { SmtpMailer } from './smtp/smtp.mailer.js';

/** Mails to people, sent in the background: by a mail server, or into a folder where none is configured. */
@Module({
  imports: [ConfigModule.forFeature(mailConfig)],
  providers: [
    KeptMails,
    MailQueue,
    {
      provide: Mailer,
      inject: [mailConfig.KEY],
      useFactory: ({ smtp, outbox, from }: ConfigType<typeof mailConfig>): Mailer =>
        smtp ? new SmtpMailer(smtp, from) : new OutboxMailer(outbox, from),
    },
  ],
  exports: [ConfigModule, KeptMails, Mailer, MailQueue],
})
export class MailModule implements OnApplicationBootstrap {
  private readonly log = new Logger('Mail');

  constructor(@Inject(mailConfig.KEY) private readonly config: ConfigType<typeof mailConfig>) {}

  onApplicationBootstrap(): void {
    const { isProduction, smtp } = this.config;
    if (isProduction && !smtp) this.log.warn({ event: 'mail.unsent', reason: 'no_mail_server' });
  }
}
