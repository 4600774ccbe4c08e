import type { RecordAudit } from '@app/logging';
import { noteChange } from '@app/persistence';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import type { ProfileSource } from '../profiles/profile-source.js';

/** Which version of an assistant is in force; null: it has been taken away. */
export interface VersionInForce {
  readonly profileId: string;
  readonly version: number | null;
}

/** A version as operators see it. */
export interface StoredVersion {
  readonly profileId: string;
  readonly version: number;
  readonly sha256: string;
  readonly createdAt: Date;
  /** Null: by a command, or at a start. */
  readonly operatorId: string | null;
}

interface StateRow extends VersionInForce {
  /** Of the file that was taken last: another one has been changed since. */
  readonly fileSha256: string;
}

interface UntakenFile extends Pick<StateRow, 'profileId' | 'fileSha256'> {
  /** Absent where there is no file any more. */
  readonly source?: ProfileSource;
}

const STATES = `select profile_id as "profileId", version, file_sha256 as "fileSha256" from profile_states`;

const NEXT =
  'select coalesce(max(number), 0) + 1 as next from profile_versions where profile_id = ?';

const SET_STATE = `insert into profile_states (profile_id, version, file_sha256, changed_at, operator_id)
  values (?, ?, ?, ?, ?) on conflict (profile_id) do update set version = excluded.version,
  file_sha256 = excluded.file_sha256, changed_at = excluded.changed_at, operator_id = excluded.operator_id`;

const INSERT_VERSION = `insert into profile_versions
  (profile_id, number, sha256, content, pins, created_at, operator_id) values (?, ?, ?, ?, ?, ?, ?)
  on conflict (profile_id, number) do nothing`;

/** The versions of assistants, and which of them is in force: the database is the truth for all instances. */
@Injectable()
export class ProfileVersionStore {
  constructor(private readonly em: EntityManager) {}

  async inForce(): Promise<VersionInForce[]> {
    return statesIn(this.fork());
  }

  async versions(profileId?: string): Promise<StoredVersion[]> {
    const rows = await this.fork().execute<(StoredVersion & { createdAt: Date | number })[]>(
      `select profile_id as "profileId", number as version, sha256, created_at as "createdAt", operator_id as "operatorId"
       from profile_versions ${profileId === undefined ? '' : 'where profile_id = ?'} order by profile_id, number desc`,
      profileId === undefined ? [] : [profileId],
    );
    return rows.map((row) => ({ ...row, createdAt: new Date(row.createdAt) }));
  }

  /** What a version says; undefined for one that there is not. */
  async source(profileId: string, version: number): Promise<ProfileSource | undefined> {
    const [row] = await this.fork().execute<
      { sha256: string; content: string; pins: string | null }[]
    >('select sha256, content, pins from profile_versions where profile_id = ? and number = ?', [
      profileId,
      version,
    ]);
    return (
      row && {
        file: `${profileId}.json`,
        sha256: row.sha256,
        value: JSON.parse(row.content) as unknown,
        pins: row.pins === null ? undefined : (JSON.parse(row.pins) as ProfileSource['pins']),
      }
    );
  }

  /**
   * Takes files: one that has changed since it was taken last is in force from now on, as a new version or one that has
   * been before; an assistant without a file is taken away. Returns what has changed.
   */
  async take(
    sources: ReadonlyMap<string, ProfileSource>,
    operatorId: string | null,
    record?: RecordAudit,
  ): Promise<VersionInForce[]> {
    // An ordinary start finds nothing new: it does not wait for its turn to write, however long another one writes.
    if (untaken(await statesIn(this.fork()), sources).length === 0) return [];
    return this.fork().transactional(async (em) => {
      const changes: VersionInForce[] = [];
      for (const { profileId, fileSha256, source } of untaken(await statesIn(em), sources)) {
        const version = source ? await versionOf(em, profileId, source, operatorId) : null;
        await setState(em, { profileId, version, fileSha256 }, operatorId);
        await record?.(profileId, em);
        changes.push({ profileId, version });
      }
      await noteChange(em, 'profiles');
      return changes;
    });
  }

  /** Puts another version in force. The file counts again when it is changed. */
  async putInForce(
    profileId: string,
    version: number,
    operatorId: string | null,
    record?: RecordAudit,
  ): Promise<void> {
    await this.fork().transactional(async (em) => {
      await em.execute(
        'update profile_states set version = ?, changed_at = ?, operator_id = ? where profile_id = ?',
        [version, new Date(), operatorId, profileId],
        'run',
      );
      await record?.(profileId, em);
      await noteChange(em, 'profiles');
    });
  }

  private fork(): SqlEntityManager {
    return this.em.fork() as SqlEntityManager;
  }
}

function statesIn(em: SqlEntityManager): Promise<StateRow[]> {
  return em.execute<StateRow[]>(STATES);
}

/** What files say that has not been taken: the assistants whose files have changed, then those whose files are gone. */
function untaken(
  states: readonly StateRow[],
  sources: ReadonlyMap<string, ProfileSource>,
): UntakenFile[] {
  const inForce = states.filter(({ version }) => version !== null);
  const taken = new Map(inForce.map(({ profileId, fileSha256 }) => [profileId, fileSha256]));
  const changed = Array.from(sources, ([profileId, source]) => {
    return { profileId, fileSha256: source.sha256, source };
  }).filter(({ profileId, fileSha256 }) => taken.get(profileId) !== fileSha256);
  const gone = inForce.filter(({ profileId }) => !sources.has(profileId));
  return [...changed, ...gone];
}

/** The number of the version with that content, which may be a new one. */
async function versionOf(
  em: SqlEntityManager,
  profileId: string,
  { sha256, value, pins }: ProfileSource,
  operatorId: string | null,
): Promise<number> {
  const same = 'select number from profile_versions where profile_id = ? and sha256 = ?';
  for (;;) {
    const [found] = await em.execute<{ number: number }[]>(same, [profileId, sha256]);
    if (found) return found.number;
    const [row] = await em.execute<{ next: number }[]>(NEXT, [profileId]);
    const content = JSON.stringify(value);
    const pinned = pins === undefined ? null : JSON.stringify(pins);
    // Another instance may have been faster, with the same content or another one.
    await em.execute(
      INSERT_VERSION,
      [profileId, row!.next, sha256, content, pinned, new Date(), operatorId],
      'run',
    );
  }
}

async function setState(
  em: SqlEntityManager,
  { profileId, version, fileSha256 }: StateRow,
  operatorId: string | null,
): Promise<void> {
  await em.execute(SET_STATE, [profileId, version, fileSha256, new Date(), operatorId], 'run');
}
