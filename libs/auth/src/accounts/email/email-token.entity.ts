import { defineEntity, p } from '@mikro-orm/core';

/** The purpose of a mailed token; it is valid for that purpose only. */
export type EmailTokenPurpose = 'verify' | 'reset';

const EmailTokenSchema = defineEntity({
  name: 'EmailToken',
  tableName: 'email_tokens',
  properties: {
    accountId: p.uuid().primary(),
    purpose: p.text().$type<EmailTokenPurpose>().primary(),
    /** SHA-256: the token has 256 bits of its own, so nothing slower or salted is needed (ASVS 5.0, 6.5.2). */
    tokenHash: p.text(),
    /** The address to be verified, as the user wrote it. */
    email: p.text().nullable(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
  },
});

/** The newest token of an account for a purpose. A new token replaces the row, and so voids the old one. */
export class EmailToken extends EmailTokenSchema.class {}
EmailTokenSchema.setClass(EmailToken);
