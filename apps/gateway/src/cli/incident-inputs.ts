import type { Operator } from '@app/operations';
import type { RecordAudit } from '@app/logging';
import { audited, LOCAL_CALL } from './local-call.js';
import type { INestApplicationContext } from '@nestjs/common';
import { required } from './program/input.js';
import { idOf } from './program/value-readers.js';

export const accountId = idOf('the id of an account');

export const eventId = idOf('the id of an event, as events list shows it');

/** Which incident a command is about. */
export const theIncident = {
  id: required(
    '<id>',
    'the id of the incident',
    idOf('the id of an incident, as incidents list shows it'),
  ),
};

/** Changes an incident, with the record of it in the same transaction. */
export function asCommand<T>(
  app: INestApplicationContext,
  action: string,
  change: (operator: Operator) => Promise<T>,
): Promise<T> {
  return audited(app, action, 'incident', (record: RecordAudit) =>
    change({ accountId: null, ...LOCAL_CALL, record }),
  );
}
