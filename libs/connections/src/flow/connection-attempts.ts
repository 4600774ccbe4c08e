import { SecretBoxService } from '@app/auth';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { randomBytes } from 'node:crypto';
import { setTimeout } from 'node:timers/promises';
import type { PendingAuthorization } from '../oauth/authorization-code.js';
import { hashOfCode, newConfirmationCode, sha256 } from './confirmation-code.js';
import { ConnectionAttempt } from './connection-attempt.entity.js';

/** How long a person may take elsewhere, and then until the app has confirmed. Milliseconds. */
export const ATTEMPT_MS = 10 * 60_000;

/** How long a call waits for another one that redeems the same code, and how often it looks. Milliseconds. */
const OUTCOME_WAIT_MS = 15_000;
const OUTCOME_POLL_MS = 100;

/** Wrong codes after which an attempt is over. */
const MAX_WRONG_CODES = 5;

/** What an attempt knows, sealed for its account, its server and its state. */
export interface StoredAttempt {
  readonly pending?: PendingAuthorization;
  /** What the authorization server has answered. */
  readonly answer?: { readonly code: string; readonly iss: string | undefined };
}

export interface OpenAttempt {
  readonly accountId: string;
  readonly server: string;
  readonly stateHash: string;
  readonly stored: StoredAttempt;
}

/** `returned`: it is this caller's to redeem. `confirming`: another call redeems it. `confirmed`: by the same code, before. */
export interface TakenAttempt extends OpenAttempt {
  readonly state: 'returned' | 'confirming' | 'confirmed';
}

/** Of a person and a server there is one attempt: another one ends it. */
@Injectable()
export class ConnectionAttempts {
  constructor(
    private readonly em: EntityManager,
    private readonly box: SecretBoxService,
  ) {}

  /** 256 random bits, of which only the hash is stored. */
  newState(): string {
    return randomBytes(32).toString('base64url');
  }

  async begin(
    accountId: string,
    server: string,
    state: string,
    pending: PendingAuthorization,
  ): Promise<Date> {
    const stateHash = sha256(state);
    const expiresAt = new Date(Date.now() + ATTEMPT_MS);
    const sealedData = this.seal({ accountId, server, stateHash }, { pending });
    const row = { stateHash, sealedData, expiresAt, codeHash: null, wrongCodes: 0 };
    await this.em.fork().upsert(ConnectionAttempt, { accountId, server, state: 'begun', ...row });
    return expiresAt;
  }

  /** What the person was sent away with for this server, and has not come back from. */
  async abandoned(accountId: string, server: string): Promise<PendingAuthorization | undefined> {
    const row = await this.em
      .fork()
      .findOne(ConnectionAttempt, { accountId, server, state: 'begun' });
    try {
      return row ? this.opened(row).stored.pending : undefined;
    } catch {
      // Sealed under another pepper.
      return undefined;
    }
  }

  /** The attempt that a browser has come back for. It can come back once. */
  async takeBegun(state: string): Promise<OpenAttempt | undefined> {
    const stateHash = sha256(state);
    const em = this.em.fork();
    const open = { stateHash, state: 'begun', expiresAt: { $gt: new Date() } } as const;
    const row = await em.findOne(ConnectionAttempt, open);
    if (!row) return undefined;
    const taken = await em.nativeUpdate(ConnectionAttempt, open, { state: 'confirming' });
    return taken === 1 ? this.opened(row) : undefined;
  }

  /** Lets the app confirm with the code that is returned. */
  async awaitConfirmation(
    { stored, ...which }: OpenAttempt,
    answer: NonNullable<StoredAttempt['answer']>,
  ): Promise<string> {
    const code = newConfirmationCode();
    const sealedData = this.seal(which, { ...stored, answer });
    const changes = { state: 'returned', codeHash: hashOfCode(code), sealedData } as const;
    await this.em.fork().nativeUpdate(ConnectionAttempt, which, changes);
    return code;
  }

  /** The attempt of this person that the code is for: `returned` for one caller, who redeems its answer. */
  async takeReturned(
    accountId: string,
    server: string,
    typed: string,
  ): Promise<TakenAttempt | undefined> {
    const em = this.em.fork();
    const which = { accountId, server, expiresAt: { $gt: new Date() } };
    const row = await em.findOne(ConnectionAttempt, which);
    if (!row?.codeHash) return undefined;
    if (row.codeHash !== hashOfCode(typed)) {
      await this.countWrongCode(row);
      return undefined;
    }
    if (row.state === 'confirmed') return { ...this.opened(row), state: 'confirmed' };
    const returned = { ...which, stateHash: row.stateHash, state: 'returned' } as const;
    const taken = await em.nativeUpdate(ConnectionAttempt, returned, { state: 'confirming' });
    return { ...this.opened(row), state: taken === 1 ? 'returned' : 'confirming' };
  }

  /** What has come of one that another call redeems: false if it has ended, undefined if that takes too long. */
  async outcomeOf({ accountId, server, stateHash }: OpenAttempt): Promise<boolean | undefined> {
    const until = performance.now() + OUTCOME_WAIT_MS;
    for (;;) {
      const row = await this.em.fork().findOne(ConnectionAttempt, { accountId, server, stateHash });
      if (!row) return false;
      if (row.state === 'confirmed') return true;
      if (performance.now() > until) return undefined;
      await setTimeout(OUTCOME_POLL_MS);
    }
  }

  /** In the transaction of `em`. It is kept until it expires, for an app that has not got the answer. */
  async confirm(
    em: EntityManager,
    { accountId, server, stateHash }: OpenAttempt,
  ): Promise<boolean> {
    const which = { accountId, server, stateHash };
    // Nothing of what it knew is needed any more.
    const changes = { state: 'confirmed', sealedData: this.seal(which, {}) } as const;
    const confirming = { ...which, state: 'confirming' } as const;
    return (await em.nativeUpdate(ConnectionAttempt, confirming, changes)) === 1;
  }

  async end({ accountId, server }: Pick<OpenAttempt, 'accountId' | 'server'>): Promise<void> {
    await this.em.fork().nativeDelete(ConnectionAttempt, { accountId, server });
  }

  async forgetOld(): Promise<void> {
    await this.em.fork().nativeDelete(ConnectionAttempt, { expiresAt: { $lt: new Date() } });
  }

  private async countWrongCode({ accountId, server, stateHash }: ConnectionAttempt): Promise<void> {
    const em = this.em.fork() as SqlEntityManager;
    const which = { accountId, server, stateHash };
    await em.execute(
      `update connection_attempts set wrong_codes = wrong_codes + 1
       where account_id = ? and server = ? and state_hash = ?`,
      [accountId, server, stateHash],
      'run',
    );
    const wrongCodes = { $gte: MAX_WRONG_CODES };
    await em.nativeDelete(ConnectionAttempt, { ...which, wrongCodes });
  }

  private seal(row: SealedFor, data: StoredAttempt): string {
    return this.box.seal('connection-attempt', contextOf(row), JSON.stringify(data));
  }

  private opened(row: ConnectionAttempt): OpenAttempt {
    const text = this.box.open('connection-attempt', contextOf(row), row.sealedData);
    const { accountId, server, stateHash } = row;
    return { accountId, server, stateHash, stored: JSON.parse(text) as StoredAttempt };
  }
}

type SealedFor = Pick<ConnectionAttempt, 'accountId' | 'server' | 'stateHash'>;

function contextOf({ accountId, server, stateHash }: SealedFor): string {
  return JSON.stringify([accountId, server, stateHash]);
}
