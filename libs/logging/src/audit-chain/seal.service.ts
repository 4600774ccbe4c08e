import { AtomicWriteService, LOWEST_ID } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import { AuditKeysService } from '../audit-keys/audit-keys.service.js';
import {
  contentDigest,
  linkDigest,
  personalDigest,
  type RecordContent,
  recordText,
  SALT_LENGTH,
} from '../audit/record-digest.js';
import { AuditAlarmService } from './audit-alarm.service.js';
import { isGenuine } from './audit-checkpoint.js';
import { type ChainOrigin, ChainOriginService } from './chain-origin.service.js';
import { latestCheckpoint } from './checkpoint-store.js';
import { recordColumns, recordOf, type RecordRow } from './record-columns.js';
import { type ChainEnd, lastSeal } from './seal-lookup.js';
import { refusal, type Seal, sealing } from './seal-statements.js';

/** How many records get their seals in one write: others wait for it. */
const RECORDS_PER_STEP = 250;

/** The lowest id that waits: a bound that lets PostgreSQL begin a merge there, and not at the beginning of the trail. */
const FIRST_PENDING =
  'select record_id from audit_pending where refused = false order by record_id limit 1';

/** Between two steps, for what else there is to do. Milliseconds. */
const REST_MS = 5;

/** How often another instance is waited for, and how long each time. Milliseconds. */
const SETTLING_ATTEMPTS = 20;
const SETTLING_PAUSE_MS = 100;

type WaitingRow = RecordRow & { readonly mac: Buffer | null };

/** Records of an earlier release were there before anything authenticated records. */
interface Waiting {
  readonly rows: readonly WaitingRow[];
  readonly areLegacy: boolean;
}

/**
 * Gives records their places in the chain. Any instance may, and so may several at once: each place and each record is
 * taken by one of them, and the others find it taken.
 */
@Injectable()
export class SealService {
  private last: Promise<unknown> = Promise.resolve();
  /** The last record of an earlier release that was looked at; null when there are no more of them. */
  private legacyAfter: string | null | undefined;

  constructor(
    private readonly em: EntityManager,
    private readonly writes: AtomicWriteService,
    private readonly keys: AuditKeysService,
    private readonly origins: ChainOriginService,
    private readonly alarm: AuditAlarmService,
  ) {}

  /**
   * Seals all that waits, in steps. Records that are written meanwhile may be left to the next call: as long as some are
   * written all the time, each step would seal only a few.
   *
   * @returns false if another instance does the same
   */
  sealAll(signal?: AbortSignal): Promise<boolean> {
    const sealed = this.last.then(() => this.sealInSteps(signal));
    this.last = sealed.catch(() => undefined);
    return sealed;
  }

  /**
   * The same, also if another instance does it for a while.
   *
   * @returns false if records wait for their seals even then
   */
  async settle(): Promise<boolean> {
    for (let attempt = 1; attempt <= SETTLING_ATTEMPTS; attempt += 1) {
      if (await this.sealAll()) return true;
      await setTimeout(SETTLING_PAUSE_MS);
    }
    return false;
  }

  /** Has records looked at again that were refused: with the keys of now they may be ours. */
  async forgive(): Promise<void> {
    await (this.em.fork() as SqlEntityManager).execute(
      'update audit_pending set refused = false where refused',
      [],
      'run',
    );
  }

  private async sealInSteps(signal: AbortSignal | undefined): Promise<boolean> {
    const origin = await this.origins.findOrMake();
    for (;;) {
      const waiting = await this.waiting();
      if (waiting.rows.length === 0) return true;
      if (!(await this.seal(waiting, origin))) return false;
      if (!waiting.areLegacy && waiting.rows.length < RECORDS_PER_STEP) return true;
      await setTimeout(REST_MS, undefined, signal ? { signal } : {});
    }
  }

  /**
   * Those of earlier releases first, then the others, in the order of their ids: nearly that of time. One that has its
   * seal is waited for by another hand: a second seal would be refused, and with it those of all others.
   */
  private async waiting(): Promise<Waiting> {
    const em = this.em.fork() as SqlEntityManager;
    const columns = `${recordColumns(em)}, r.mac`;
    const after = this.legacyAfter === undefined ? await lastLegacy(em) : this.legacyAfter;
    if (after !== null) {
      const rows = await em.execute<WaitingRow[]>(
        `select ${columns} from audit_records r
         where r.id > ? and r.mac is null
           and not exists (select 1 from audit_pending p where p.record_id = r.id and p.record_id > ?)
           and not exists (select 1 from audit_seals s where s.record_id = r.id and s.record_id > ?)
         order by r.id limit ${RECORDS_PER_STEP}`,
        // Three times: a bound that lets PostgreSQL begin its merges there, and not at the beginning of the trail.
        [after, after, after],
      );
      this.legacyAfter = rows.at(-1)?.id ?? null;
      if (rows.length > 0) return { rows, areLegacy: true };
    }
    this.legacyAfter = null;
    const rows = await em.execute<WaitingRow[]>(
      `select ${columns} from audit_pending p join audit_records r on r.id = p.record_id
       where p.refused = false and r.id >= (${FIRST_PENDING})
         and not exists (select 1 from audit_seals s
           where s.record_id = p.record_id and s.record_id >= (${FIRST_PENDING}))
       order by p.record_id limit ${RECORDS_PER_STEP}`,
    );
    return { rows, areLegacy: false };
  }

  private async seal({ rows, areLegacy }: Waiting, origin: ChainOrigin): Promise<boolean> {
    const own: RecordContent[] = [];
    const others: RecordContent[] = [];
    for (const row of rows) {
      const record = recordOf(row);
      (areLegacy || this.isOwn(record, row.mac, origin) ? own : others).push(record);
    }
    if (others.length > 0) await this.refuse(others);
    if (own.length === 0) return true;
    const missing = await this.writes.apply(sealing(this.chained(own, await this.head(origin))));
    if (missing !== undefined) this.legacyAfter = undefined;
    return missing === undefined;
  }

  /** Written by a gateway that has the key, or by one of a release before that had none. */
  private isOwn(record: RecordContent, mac: Buffer | null, { legacyUntil }: ChainOrigin): boolean {
    return mac === null
      ? Date.now() < legacyUntil
      : this.keys.hasMac(recordText(record), Buffer.from(mac));
  }

  private async refuse(records: readonly RecordContent[]): Promise<void> {
    await this.writes.apply(refusal(records.map(({ id }) => id)));
    for (const { id } of records) {
      this.alarm.raise({ kind: 'inserted', recordId: id, text: refusedText(id) });
    }
  }

  /** What a checkpoint has signed stays taken, also where its records are gone. */
  private async head(origin: ChainOrigin): Promise<ChainEnd> {
    const sealed = (await lastSeal(this.em)) ?? { sequence: 0, hash: origin.hash };
    const checkpoint = await latestCheckpoint(this.em);
    if (!checkpoint || checkpoint.sequence <= sealed.sequence) return sealed;
    if (!isGenuine(checkpoint, this.keys)) return sealed;
    return { sequence: checkpoint.sequence, hash: Buffer.from(checkpoint.hash, 'base64url') };
  }

  private chained(records: readonly RecordContent[], head: ChainEnd): Seal[] {
    const salts = randomBytes(SALT_LENGTH * records.length);
    let { sequence, hash } = head;
    return records.map((record, index) => {
      const salt = salts.subarray(index * SALT_LENGTH, (index + 1) * SALT_LENGTH);
      const personal = personalDigest(salt, record);
      const content = contentDigest(record, personal);
      sequence += 1;
      hash = linkDigest(hash, sequence, content);
      const mac = this.keys.mac(hash);
      return { sequence, recordId: record.id, salt, personal, content, hash, mac };
    });
  }
}

/** What a fault says of a record that no gateway has written. */
export function refusedText(id: string): string {
  return `Record ${id}: written by no gateway with this key, or changed before it was sealed`;
}

/** The one after which records of earlier releases may be left; null where later ones have their seals. */
async function lastLegacy(em: SqlEntityManager): Promise<string | null> {
  const [row] = await em.execute<{ id: string; mac: Buffer | null }[]>(
    `select s.record_id as id, r.mac from audit_seals s left join audit_records r on r.id = s.record_id
     order by s.sequence desc limit 1`,
  );
  if (!row) return LOWEST_ID;
  return row.mac === null ? row.id : null;
}
