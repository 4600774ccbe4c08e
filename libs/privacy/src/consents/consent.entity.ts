import { defineEntity, p } from '@mikro-orm/core';

const ConsentSchema = defineEntity({
  name: 'Consent',
  tableName: 'consents',
  properties: {
    /** UUIDv7: the order of ids is the order of time. */
    id: p.uuid().primary(),
    accountId: p.uuid(),
    /** What for, in a word of the app's own. */
    purpose: p.text(),
    /** Which wording was agreed to. */
    version: p.text(),
    givenAt: p.datetime(3),
    /** Withdrawn, or replaced by a consent to another version. */
    withdrawnAt: p.datetime(3).nullable(),
  },
});

/** That a person agreed to something, and until when. One of each purpose is live at most. */
export class Consent extends ConsentSchema.class {}
ConsentSchema.setClass(Consent);
