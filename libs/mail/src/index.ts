export { MailModule } from './mail.module.js';
export { mailConfig } from './mail.config.js';
export { type Addressee, howToUse, lines } from './mail-text.js';
export { isMailAddress, LONGEST_ADDRESS } from './delivery/mail-address.js';
export { type Mail, Mailer } from './delivery/mailer.js';
export { KeptMails } from './outbox/kept-mails.js';
export { MailQueue } from './queue/mail-queue.js';
