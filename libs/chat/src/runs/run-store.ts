import { type AtomicWrite, AtomicWriteService, type Statement } from '@app/persistence';
import type { ToldLimits } from '@app/security';
import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Injectable } from '@nestjs/common';
import { v7 } from 'uuid';
import { ChatError } from '../chat.error.js';
import { Conversation } from '../ownership/conversation.entity.js';
import { chosenConversationKey, conversationKeys } from '../ownership/conversation-id.js';
import { IdempotencyKey } from '../idempotency/idempotency-key.entity.js';
import type { MessageKey } from '../idempotency/message-key.js';
import { RepeatedMessage } from '../idempotency/repeated-message.js';
import type { TextDelta } from '../events/message-part.js';
import { type OwnedRun, ownedRun } from '../ownership/owned-run.js';
import type { Profile } from '../profiles/profile.js';
import { UsageService } from '../usage/usage.service.js';
import { Run } from '../ownership/run.entity.js';
import { ActiveRuns } from './active-runs.js';
import { LEASE_MS, type LostRun } from './run-leases.js';
import { continueConversation, type NewRun, openUsage, startConversation } from './begin-run.js';
import { OpenRuns } from './open-runs.js';
import { anyOf, runPlaces } from './run-places.js';
import { TakenTurn } from './taken-turn.js';
import { endRun, type RunEnd } from './end-run.js';

/** The longest title that is made from a first message. Characters. */
const TITLE_LENGTH = 60;

/** A message to be answered. */
export interface NewMessage {
  readonly accountId: string;
  readonly profile: Profile;
  readonly text: string;
  /** As the client knows it. Absent for the first message of a new conversation. */
  readonly conversationId?: string | undefined;
  /** The run that it follows; the newest one of its conversation unless it begins a branch. */
  readonly parentId?: string | undefined;
  /** Whether the parts of its answer are logged. */
  readonly isLogged: boolean;
  readonly key?: MessageKey | undefined;
  /** Where to tell how much of the limits of its assistant is used. */
  readonly limits?: ToldLimits | undefined;
}

interface PlacedMessage extends NewMessage {
  readonly place: string;
}

/** How a run has ended, with what there is of its answer. */
export interface RunOutcome {
  readonly text: string;
  readonly status: RunEnd['status'];
  readonly errorCode: string | null;
}

/** A run that has begun. */
export type BegunRun = Pick<
  NewRun,
  'id' | 'conversationId' | 'publicConversationId' | 'accountId'
> & {
  /** Whether its conversation has begun with it. */
  readonly isFirst?: true;
};

/** Runs and their messages in the database. Each step is one transaction. */
@Injectable()
export class RunStore {
  constructor(
    private readonly em: EntityManager,
    private readonly writes: AtomicWriteService,
    private readonly usage: UsageService,
    private readonly active: ActiveRuns,
    private readonly open: OpenRuns,
  ) {}

  /**
   * Stores the message, if it is its turn, in its conversation or in a new one, and the run that is to answer it. An id that is new for the
   * account begins a conversation.
   *
   * @param avoided places that have been taken lately
   * @throws RepeatedMessage for one that has come before under its key
   * @throws TakenTurn while its conversation has a run, or its account too many with the assistant
   * @throws ChatError `idempotency_mismatch`, `profile_mismatch`, `quota_exceeded`; `conversation_not_found` for one that
   *   is being deleted
   */
  async begin(message: NewMessage, avoided: readonly (string | null)[] = []): Promise<BegunRun> {
    const { accountId, conversationId: publicId, profile } = message;
    const places = runPlaces(accountId, profile);
    const free = places.filter((place) => !avoided.includes(place));
    const placed = { ...message, place: anyOf(free.length > 0 ? free : places) };
    const run = await (message.parentId === undefined
      ? this.beginIn(placed, publicId)
      : this.continue(placed, publicId!));
    if (!run) throw ChatError.conversationNotFound();
    return run;
  }

  private async beginIn(
    message: PlacedMessage,
    publicId: string | undefined,
  ): Promise<BegunRun | undefined> {
    if (publicId === undefined) return this.start(message, v7());
    const key = chosenConversationKey(message.accountId, publicId);
    return (
      (await this.continue(message, publicId)) ??
      (await this.start(message, key, publicId)) ??
      // Another message has begun it meanwhile.
      (await this.continue(message, publicId))
    );
  }

  /** @returns undefined if another conversation has the key */
  private async start(
    message: PlacedMessage,
    key: string,
    publicId = key,
  ): Promise<BegunRun | undefined> {
    const run = newRun(message, key, publicId, this.active.instanceId);
    const write = startConversation(run, titleOf(message.text), this.usage.quotas);
    const missing = await this.write(message, write);
    if (missing === 'room') throw await this.usage.exceeded(message.accountId, true);
    return missing === undefined ? { ...run, isFirst: true } : undefined;
  }

  /** @returns undefined if the account has no such conversation */
  private async continue(message: PlacedMessage, publicId: string): Promise<BegunRun | undefined> {
    const { accountId, profile } = message;
    const keys = conversationKeys(accountId, publicId);
    for (const key of keys) {
      const run = newRun(message, key, publicId, this.active.instanceId);
      const missing = await this.write(message, continueConversation(run, this.usage.quotas));
      if (missing === 'room') throw await this.usage.exceeded(accountId, false);
      if (missing === undefined) return run;
    }
    const withAnother = { id: { $in: [...keys] }, accountId, profileId: { $ne: profile.id } };
    if ((await this.em.fork().count(Conversation, withAnother)) > 0) {
      throw new ChatError('profile_mismatch', 'This conversation is with another assistant.');
    }
    return undefined;
  }

  private async write(message: NewMessage, write: AtomicWrite): Promise<string | undefined> {
    let missing = await this.writes.apply(write);
    if (missing === 'room') {
      // The first message of an account finds no counters.
      await this.writes.apply(openUsage(message.accountId));
      missing = await this.writes.apply(write);
    }
    // Whatever a repetition misses: it is not written, and need not be.
    if (missing !== undefined) await this.assertFirst(message);
    if (missing === 'turn') throw new TakenTurn(await this.open.inTheWay(message));
    return missing;
  }

  /** @throws RepeatedMessage @throws ChatError `idempotency_mismatch` */
  async assertFirst({ accountId, key }: NewMessage): Promise<void> {
    if (!key) return;
    const { keyDigest, messageDigest } = key;
    const known = await this.em.fork().findOne(IdempotencyKey, { accountId, keyDigest });
    if (!known) return;
    if (known.messageDigest !== messageDigest) throw ChatError.idempotencyMismatch();
    throw new RepeatedMessage(known.runId);
  }

  /**
   * Stores the end of a run with what there is of its answer, and with the record of the call. False for a run that has
   * been given up as interrupted, waits for the person, or is deleted: nothing is stored then.
   */
  async finish(
    run: Omit<BegunRun, 'publicConversationId'>,
    end: RunOutcome,
    audit?: Statement,
    from: RunEnd['from'] = 'running',
  ): Promise<boolean> {
    const { text: answer, status, errorCode } = end;
    const ending = { from, answer, status, errorCode, endedAt: new Date() } as const;
    const write = endRun({ ...run, ...ending }, audit);
    return (await this.writes.apply(write)) === undefined;
  }

  /** Closes a run whose process is gone, with what of its answer is in the log: a reader may have seen it. */
  async interrupt({ log, status, ...run }: LostRun): Promise<void> {
    const text = log === 'kept' ? await this.loggedText(run.id) : '';
    const isHeld = status === 'waiting_for_input';
    const errorCode = isHeld ? 'input_lost' : null;
    const from = isHeld ? status : 'running';
    await this.finish(run, { text, status: 'interrupted', errorCode }, undefined, from);
  }

  /** Asks the process that works on the run to cancel it. */
  async requestCancellation(runId: string): Promise<void> {
    await this.em
      .fork()
      .nativeUpdate(
        Run,
        { id: runId, finishedAt: null, cancelRequestedAt: null },
        { cancelRequestedAt: new Date() },
      );
  }

  /** @throws ChatError `run_not_found`, also for a run of another account */
  find(accountId: string, id: string): Promise<OwnedRun> {
    return ownedRun(this.em.fork(), accountId, id);
  }

  private async loggedText(runId: string): Promise<string> {
    const rows = await (this.em.fork() as SqlEntityManager).execute<{ part: string }[]>(
      `select part from run_events where run_id = ? and part like '{"type":"text-delta"%' order by seq`,
      [runId],
    );
    return rows.map(({ part }) => (JSON.parse(part) as TextDelta).delta).join('');
  }
}

function newRun(
  { accountId, profile, text, isLogged, key, place, parentId }: PlacedMessage,
  conversationId: string,
  publicConversationId: string,
  instanceId: string,
): NewRun {
  // Its answer has the id of the run, and follows the message in the order of their ids.
  const messageId = v7();
  return {
    id: v7(),
    conversationId,
    publicConversationId,
    accountId,
    profileId: profile.id,
    parentId: parentId ?? null,
    messageId,
    message: text,
    bytes: Buffer.byteLength(text),
    begunAt: new Date(),
    place,
    instanceId,
    leaseMs: LEASE_MS,
    log: isLogged ? 'kept' : 'none',
    key,
  };
}

function titleOf(message: string): string {
  const line = message.trim().split('\n')[0]!.trim();
  const title = Array.from(line).slice(0, TITLE_LENGTH).join('');
  return title === '' ? 'Conversation' : title;
}
