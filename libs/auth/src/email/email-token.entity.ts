import { defineEntity, p } from '@mikro-orm/core';

/** What a token from a mail is good for: one thing, never the other. */
export type EmailTokenPurpose = 'verify' | 'reset';

const EmailTokenSchema = defineEntity({
  name: 'EmailToken',
  tableName: 'email_tokens',
  properties: {
    accountId: p.uuid().primary(),
    purpose: p.text().$type<EmailTokenPurpose>().primary(),
    /** SHA-256: the token has 256 bits of its own, so nothing slower or salted is needed (ASVS 5.0, 6.5.2). */
    tokenHash: p.text(),
    /** The address that is to be verified, as it was written. */
    email: p.text().nullable(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
  },
});

/** The newest token of an account for a purpose. There is one row for both: a new token takes the place of the old. */
export class EmailToken extends EmailTokenSchema.class {}
EmailTokenSchema.setClass(EmailToken);
