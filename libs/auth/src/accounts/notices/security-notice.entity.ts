import { defineEntity, p } from '@mikro-orm/core';

/** The events of which an account owner is notified. */
export const NOTICE_KINDS = [
  'new_device',
  'account_locked',
  'refresh_token_reused',
  'password_changed',
  'password_reset',
  'second_factor_on',
  'second_factor_off',
  'second_factor_removed',
  'recovery_code_used',
  'recovery_codes_renewed',
  'passkey_added',
  'passkey_removed',
  'passkey_cloned',
  'email_changed',
  'role_changed',
  'signed_out_by_admin',
  'deletion_requested',
  'deletion_cancelled',
] as const;
export type NoticeKind = (typeof NOTICE_KINDS)[number];

const SecurityNoticeSchema = defineEntity({
  name: 'SecurityNotice',
  tableName: 'security_notices',
  properties: {
    /** UUIDv7: notices are read in the order of their ids. */
    id: p.uuid().primary(),
    accountId: p.uuid(),
    kind: p.text().$type<NoticeKind>(),
    occurredAt: p.datetime(3),
    /** Masked. */
    ip: p.text().nullable(),
    deviceName: p.text().nullable(),
  },
});

export class SecurityNotice extends SecurityNoticeSchema.class {}
SecurityNoticeSchema.setClass(SecurityNotice);
