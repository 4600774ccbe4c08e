import { defineEntity, p } from '@mikro-orm/core';
import type { InputRequest } from './input-request.js';

/**
 * - `pending`: the person has not answered yet.
 * - `dismissed`: they closed it without an answer.
 * - `expired`: they did not answer in time.
 * - `withdrawn`: the run ended before they did.
 */
export const INPUT_STATES = [
  'pending',
  'accepted',
  'declined',
  'dismissed',
  'expired',
  'withdrawn',
] as const;
export type InputState = (typeof INPUT_STATES)[number];

export const INPUT_KINDS = [
  'form',
  'url',
  'connection',
] as const satisfies readonly InputRequest['question']['kind'][];
export type InputKind = (typeof INPUT_KINDS)[number];

const RunInputSchema = defineEntity({
  name: 'RunInput',
  tableName: 'run_inputs',
  properties: {
    runId: p.uuid().primary(),
    inputId: p.text().primary(),
    callId: p.text(),
    kind: p.text().$type<InputKind>(),
    title: p.text(),
    message: p.text(),
    /** JSON of `McpField[]`; of a form. */
    fields: p.text().nullable(),
    url: p.text().nullable(),
    /** Of a server that the person has to connect. */
    connectionId: p.text().nullable(),
    state: p.text().$type<InputState>(),
    /** JSON of what was entered, from then until the run goes on. */
    content: p.text().nullable(),
    createdAt: p.datetime(3),
    expiresAt: p.datetime(3),
    decidedAt: p.datetime(3).nullable(),
  },
});

/** A question of a tool to the person. */
export class RunInput extends RunInputSchema.class {}
RunInputSchema.setClass(RunInput);
