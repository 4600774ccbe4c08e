import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { mailConfig } from '../mail.config.js';
import { type KeptMail, OutboxFolder } from './outbox-folder.js';

/** The mails that lie in this instance's outbox, also those from before it had a mail server. */
@Injectable()
export class KeptMails {
  private readonly folder: OutboxFolder;

  constructor(@Inject(mailConfig.KEY) { outbox }: ConfigType<typeof mailConfig>) {
    this.folder = new OutboxFolder(outbox);
  }

  /** The mails of an account, the oldest first. */
  list(accountId: string): Promise<KeptMail[]> {
    return this.folder.list(accountId);
  }

  /** The accounts that have mails here. */
  owners(): Promise<string[]> {
    return this.folder.owners();
  }

  /** Deletes the mails of an account, whatever address they are to, and those to the addresses. */
  forget(accountId: string, addresses: readonly string[]): Promise<void> {
    return this.folder.forget(accountId, addresses);
  }
}
