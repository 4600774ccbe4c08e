import type { RecordFormat } from './exported-record.js';

/** All that there is of a record, as JSON. */
export const jsonLine: RecordFormat = ({ occurredAt, ...record }) =>
  JSON.stringify({ ...record, occurredAt: new Date(occurredAt).toISOString() });
