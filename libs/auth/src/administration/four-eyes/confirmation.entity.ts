import { defineEntity, p } from '@mikro-orm/core';
import type { FourEyesAct } from '../settings/four-eyes-act.js';

const ConfirmationSchema = defineEntity({
  name: 'Confirmation',
  tableName: 'confirmations',
  properties: {
    id: p.uuid().primary(),
    act: p.text().$type<FourEyesAct>(),
    /** As JSON, for the administrator who confirms. */
    arguments: p.text(),
    /** Of the act with its arguments: what is confirmed is exactly this. */
    digest: p.text(),
    /** The account that it is about. */
    subjectId: p.uuid().nullable(),
    /** Null: a command. */
    requesterId: p.uuid().nullable(),
    requestedAt: p.datetime(3),
    expiresAt: p.datetime(3),
    confirmerId: p.uuid().nullable(),
    confirmedAt: p.datetime(3).nullable(),
    usedAt: p.datetime(3).nullable(),
    /** When those who can confirm it were told. */
    toldAt: p.datetime(3).nullable(),
  },
});

/** An act of one administrator that waits for another one. */
export class Confirmation extends ConfirmationSchema.class {}
ConfirmationSchema.setClass(Confirmation);
