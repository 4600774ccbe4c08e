import { AUDIT_FORMS, AUDIT_SORTS } from '@app/auth';
import {
  AUDIT_EXPORT_FORMATS,
  type AuditCheckpoint,
  AuditExportService,
  type AuditRecordRow,
  AuditTrail,
  type ChainFault,
  type ChainSummary,
  ChainVerifier,
  checkpointsIn,
  CheckpointService,
} from '@app/logging';
import { EntityManager } from '@mikro-orm/core';
import type { INestApplicationContext } from '@nestjs/common';
import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { audited, LOCAL_CALL } from './local-call.js';
import { command, type CommandGroup } from './program/command.js';
import { giveWay } from './program/give-way.js';
import { optional, repeated, required } from './program/input.js';
import { lineLimit } from './program/line-limit.js';
import { tableOfPage } from './program/table.js';
import { UsageError } from './program/usage.error.js';
import { anyText, formOf, idOf, moment, oneOf, username } from './program/value-readers.js';
import { findUser } from './users.commands.js';

/** How many faults are named; the others are counted. */
const NAMED_FAULTS = 100;

const list = command({
  name: 'audit list',
  summary: 'show records of the audit trail, the latest first',
  options: {
    actor: optional('<user>', 'only what this account did, by its name or id', username),
    action: optional(
      '<action>',
      'only this action, such as session.opened',
      formOf(AUDIT_FORMS.action, 'an action such as session.opened'),
    ),
    object: optional(
      '<id>',
      'only actions on this object: the id of an account, a block, an incident…',
      formOf(AUDIT_FORMS.objectId, 'the id of an object, as audit list shows it'),
    ),
    outcome: optional(
      '<outcome>',
      'succeeded, or an error code',
      formOf(AUDIT_FORMS.outcome, 'succeeded, or an error code'),
    ),
    since: optional('<moment>', 'only records at or after this time', moment),
    until: optional('<moment>', 'only records before this time', moment),
    sort: optional('<order>', 'default: newest', oneOf(AUDIT_SORTS)),
    limit: lineLimit(),
    cursor: optional(
      '<record>',
      'continue after it: the nextCursor of the previous page',
      idOf('the id of a record, as audit list shows it'),
    ),
  },
  async run(app, { options: { actor, object, cursor, limit, ...filter } }) {
    const trail = app.get(AuditTrail);
    const page = await trail.read({
      ...filter,
      limit,
      ...(actor !== undefined && { actorId: (await findUser(app, { user: actor })).userId }),
      ...(object !== undefined && { objectId: object }),
      ...(cursor !== undefined && { after: cursor }),
    });
    const reading = { action: 'audit.read', outcome: 'succeeded', ...LOCAL_CALL };
    await trail.recordIn(app.get(EntityManager).fork(), reading);
    const titles = ['ID', 'TIME', 'ACTOR', 'ACTION', 'OBJECT', 'OUTCOME', 'ADDRESS'];
    return { data: page, text: tableOfPage(titles, page.records.map(cellsOf), page.nextCursor) };
  },
});

const verify = command({
  name: 'audit verify',
  summary: 'prove that no record of the audit trail was changed, removed, inserted or moved',
  options: {
    checkpoint: repeated(
      '<file>',
      'a file with checkpoints that were stored outside of the database, such as a log',
      anyText,
    ),
  },
  async run(app, { options: { checkpoint: files } }) {
    giveWay();
    const faults: ChainFault[] = [];
    let count = 0;
    const summary = await app
      .get(ChainVerifier)
      .verify({ part: 'all', outside: outsideCheckpoints(app, files) }, (fault) => {
        count += 1;
        if (faults.length < NAMED_FAULTS) faults.push(fault);
      });
    const isWell = count === 0;
    const data = { isWell, ...summary, faultCount: count, faults };
    return {
      data,
      text: [...namesOf(faults, count), outcomeOf(summary, isWell)].join('\n'),
      isWell,
    };
  },
});

const exportRecords = command({
  name: 'audit export',
  summary: 'export the records of the audit trail, one per line, the oldest first',
  options: {
    format: required('<format>', 'the format of the lines', oneOf(AUDIT_EXPORT_FORMATS)),
    since: optional('<moment>', 'only records at or after this time', moment),
    until: optional('<moment>', 'only records before this time', moment),
  },
  async run(app, { options: { format, since, until } }) {
    giveWay();
    await audited(app, 'audit.exported', 'audit_export', (record) =>
      record(format, app.get(EntityManager).fork()),
    );
    const range = { ...(since && { since }), ...(until && { until }) };
    return { chunks: app.get(AuditExportService).lines(format, range) };
  },
});

const checkpoint = command({
  name: 'audit checkpoint',
  summary: 'sign the end of the audit trail; store the checkpoint outside of the database',
  async run(app) {
    const made = await app.get(CheckpointService).current();
    if (!made) throw new UsageError('No record has its place in the chain yet: start the gateway.');
    return { data: made, text: made.token };
  },
});

/** Of the files, and that of this instance. */
async function* outsideCheckpoints(
  app: INestApplicationContext,
  files: readonly string[],
): AsyncGenerator<AuditCheckpoint> {
  const own = await app.get(CheckpointService).witness();
  if (own) yield own;
  for (const file of files) {
    let count = 0;
    for await (const line of linesOf(file)) {
      for (const found of checkpointsIn(line)) {
        count += 1;
        yield found;
      }
    }
    if (count === 0) throw new UsageError('--checkpoint: a file with checkpoints in it');
  }
}

async function* linesOf(file: string): AsyncGenerator<string> {
  const input = createReadStream(file);
  try {
    yield* createInterface({ input, crlfDelay: Infinity });
  } catch {
    throw new UsageError('--checkpoint: a file that can be read');
  }
}

function cellsOf(record: AuditRecordRow): string[] {
  const { id, occurredAt, actorId, action, objectType, objectId, outcome, ip } = record;
  const object = [objectType, objectId].filter((part) => part !== null).join(' ');
  return [id, occurredAt, actorId ?? '', action, object, outcome, ip];
}

function namesOf(faults: readonly ChainFault[], count: number): string[] {
  const more = count - faults.length;
  return [...faults.map(({ text }) => text), ...(more > 0 ? [`… and ${more} more`] : [])];
}

function outcomeOf({ records, waiting, checkpoint: last }: ChainSummary, isWell: boolean): string {
  const signed = last
    ? `signed up to record ${last.sequence} at ${new Date(last.madeAt).toISOString()}`
    : 'not signed yet';
  const rest = waiting > 0 ? `, ${waiting} wait for their places` : '';
  return `${isWell ? 'Proven' : 'Not proven'}: ${records} records in the chain, ${signed}${rest}.`;
}

export const auditCommands: CommandGroup = {
  noun: 'audit',
  summary: 'The audit trail: its records, its proof and its export',
  commands: [list, verify, exportRecords, checkpoint],
};
