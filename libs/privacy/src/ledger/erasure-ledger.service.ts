import { backupConfig, erasureDigest, ErasureLedger } from '@app/backup';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { ErasedAccount } from './erased-account.entity.js';

/** How far back each look goes: a row is seen only after its commit, and clocks differ. Milliseconds. */
const OVERLAP_MS = 60_000;

/** How many rows one statement reads. */
const ROWS_PER_READ = 1_000;

/**
 * The ledger of erased accounts: in the database, and from there in the file `ERASURE_LEDGER` of each instance. The
 * database that is lost takes its ledger along; the file says to the one that is restored who must not come back.
 */
@Injectable()
export class ErasureLedgerService {
  private readonly file: ErasureLedger;
  /** Up to where the rows are in the file. */
  private copiedUntil = new Date(0);
  /** What is in the file of the time that is looked at again. */
  private copied = new Set<string>();
  private skipped: Promise<void> | undefined;

  constructor(
    private readonly em: EntityManager,
    @Inject(backupConfig.KEY) { ledger }: ConfigType<typeof backupConfig>,
  ) {
    this.file = new ErasureLedger(ledger);
  }

  /** In the transaction from which on the account cannot be restored. */
  async note(accountId: string, erasedAt: Date, em: EntityManager): Promise<void> {
    await insert(em, erasureDigest(accountId), erasedAt);
  }

  /** What the file has and the database does not: the database is one from before. */
  async unknown(): Promise<Map<string, Date>> {
    const unknown = new Map<string, Date>();
    const em = this.em.fork();
    for await (const entries of this.file.read()) {
      if (entries.length === 0) continue;
      const digests = entries.map(({ digest }) => digest);
      const known = await em.find(
        ErasedAccount,
        { digest: { $in: digests } },
        { disableIdentityMap: true },
      );
      const knownDigests = new Set(known.map(({ digest }) => digest));
      for (const { digest, erasedAt } of entries) {
        if (!knownDigests.has(digest)) unknown.set(digest, new Date(erasedAt));
      }
    }
    return unknown;
  }

  async learn(entries: ReadonlyMap<string, Date>): Promise<void> {
    const em = this.em.fork();
    for (const [digest, erasedAt] of entries) await insert(em, digest, erasedAt);
  }

  /** That of an account that is erased now, also where no copy has found it: clocks differ. */
  async write(accountId: string, erasedAt: Date): Promise<void> {
    const digest = erasureDigest(accountId);
    if (this.copied.has(digest)) return;
    await this.file.add([{ digest, erasedAt: erasedAt.toISOString() }]);
  }

  /** Adds what any instance has noted since. Resolves when it is on the disk. */
  async copy(): Promise<void> {
    await (this.skipped ??= this.skipCopied().catch((error: unknown) => {
      // The disk may be back next time.
      this.skipped = undefined;
      throw error;
    }));
    const since = new Date(this.copiedUntil.getTime() - OVERLAP_MS);
    const seen = new Set<string>();
    for (let last: ErasedAccount | undefined; ;) {
      const rows = await this.page(since, last);
      const added = rows.filter(({ digest }) => !this.copied.has(digest));
      await this.file.add(
        added.map(({ digest, erasedAt }) => ({ digest, erasedAt: erasedAt.toISOString() })),
      );
      for (const { digest, erasedAt } of rows) {
        seen.add(digest);
        this.pass(erasedAt);
      }
      if (rows.length < ROWS_PER_READ) break;
      last = rows.at(-1);
    }
    this.copied = seen;
  }

  /** In the order of the mark: what is left of a look that fails midway is after it. */
  private page(since: Date, last: ErasedAccount | undefined): Promise<ErasedAccount[]> {
    const isAfter = last && {
      $or: [
        { erasedAt: { $gt: last.erasedAt } },
        { erasedAt: last.erasedAt, digest: { $gt: last.digest } },
      ],
    };
    return this.em.fork().find(
      ErasedAccount,
      { erasedAt: { $gte: since }, ...isAfter },
      {
        orderBy: { erasedAt: 'asc', digest: 'asc' },
        limit: ROWS_PER_READ,
        disableIdentityMap: true,
      },
    );
  }

  /** Never past now: what a clock that is ahead has noted would hide what the others note until then. */
  private pass(erasedAt: Date): void {
    const mark = Math.min(erasedAt.getTime(), Date.now());
    if (mark > this.copiedUntil.getTime()) this.copiedUntil = new Date(mark);
  }

  /** What the file has already need not be written again after each start. */
  private async skipCopied(): Promise<void> {
    for await (const entries of this.file.read()) {
      for (const { erasedAt } of entries) this.pass(new Date(erasedAt));
    }
  }
}

async function insert(em: EntityManager, digest: string, erasedAt: Date): Promise<void> {
  await (em as SqlEntityManager).execute(
    'insert into erased_accounts (digest, erased_at) values (?, ?) on conflict do nothing',
    [digest, erasedAt],
    'run',
  );
}
