import { defineEntity, p } from '@mikro-orm/core';

/** How an account came to be listed. `text`: a text of the incident names it, which makes it no affected one. */
export const ACCOUNT_SOURCES = [
  'trail',
  'session',
  'device',
  'operator',
  'event',
  'action',
  'text',
] as const;
export type AccountSource = (typeof ACCOUNT_SOURCES)[number];

/** The rows of those that it concerns. */
export const IS_AFFECTED = { source: { $ne: 'text' } } as const;

const IncidentAccountSchema = defineEntity({
  name: 'IncidentAccount',
  tableName: 'incident_accounts',
  properties: {
    incidentId: p.uuid().primary(),
    /** A pseudonym once the account is erased. */
    accountId: p.uuid().primary(),
    source: p.text().$type<AccountSource>(),
    addedAt: p.datetime(3),
  },
});

/** An account that an incident concerns. */
export class IncidentAccount extends IncidentAccountSchema.class {}
IncidentAccountSchema.setClass(IncidentAccount);
