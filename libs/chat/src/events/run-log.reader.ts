import { EntityManager } from '@mikro-orm/core';
import type { SqlEntityManager } from '@mikro-orm/sql';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ChatError } from '../chat.error.js';
import { Run } from '../ownership/run.entity.js';
import type { OwnedRun } from '../ownership/owned-run.js';
import type { NumberedPart, RunReference } from './message-part.js';
import {
  answerOpening,
  answerPart,
  closingParts,
  OPENING_PARTS,
  openingParts,
} from './run-parts.js';

/** What one read takes of a log: parts, and bytes of them. */
const PARTS_PER_PAGE = 200;
const BYTES_PER_PAGE = 64 * 1024;

/** How much of a stored answer is one part, where the log has none. Characters. */
const ANSWER_PART_LENGTH = 8_192;

const PAGE = `select seq, part from (
  select seq, part, sum(octet_length(part)) over (order by seq) - octet_length(part) as bytes_before from (
    select seq, part from run_events where run_id = ? and seq > ? order by seq limit ${PARTS_PER_PAGE}
  ) as following
) as counted where bytes_before < ${BYTES_PER_PAGE} order by seq`;

const LAST = 'select seq, part from run_events where run_id = ? order by seq desc limit 1';

const ANSWER_PAGE = `select substr(content, ?, ${ANSWER_PART_LENGTH}) as piece from messages
  where run_id = ? and role = 'assistant' limit 1`;

const ANSWER_LENGTH = `select length(content) as length from messages
  where run_id = ? and role = 'assistant' limit 1`;

/** What follows a part. */
export interface Page {
  readonly parts: readonly NumberedPart[];
  /** No part will ever follow these. */
  readonly isLast: boolean;
}

/**
 * Reads the parts of answers in order: from the log, or, where it has none of the run, as they follow from the stored
 * answer. The numbers of the parts are the same each time.
 */
@Injectable()
export class RunLogReader {
  private readonly asked = new Map<string, Promise<Page | undefined>>();

  constructor(
    private readonly em: EntityManager,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /**
   * The parts behind part `after`, as many as fit on a page; undefined if there is no such run any more. Readers that are
   * at the same place and ask at the same moment, as after a wake-up, share one read. None joins a read that has begun:
   * it could miss what the reader was woken for.
   */
  page(reference: RunReference, after: number): Promise<Page | undefined> {
    const key = `${after} ${reference.runId}`;
    const asked = this.asked.get(key) ?? this.soon(key, () => this.read(reference, after));
    this.asked.set(key, asked);
    return asked;
  }

  /**
   * That a stream may go on behind part `after` of a run.
   *
   * @throws ChatError `event_not_found` for one that has not been yet, `events_expired` for one that cannot be told any more
   */
  async assertKnown({ run, conversation }: OwnedRun, after: number): Promise<void> {
    if (after <= OPENING_PARTS) return;
    const em = this.em.fork() as SqlEntityManager;
    if (run.log !== 'none' && !this.isLogged(run)) {
      throw new ChatError('events_expired', 'These events are kept no longer. Read the history.');
    }
    const reference = { runId: run.id, conversationId: conversation.publicId };
    const last = run.finishedAt
      ? (await this.closing(em, run, reference)).at(-1)!.seq
      : ((await this.last(em, run.id))?.seq ?? OPENING_PARTS);
    if (after > last) throw new ChatError('event_not_found', 'There is no such event yet.');
  }

  private soon(key: string, read: () => Promise<Page | undefined>): Promise<Page | undefined> {
    return Promise.resolve().then(() => {
      this.asked.delete(key);
      return read();
    });
  }

  private async read(reference: RunReference, after: number): Promise<Page | undefined> {
    if (after < OPENING_PARTS) {
      return { parts: openingParts(reference).filter(({ seq }) => seq > after), isLast: false };
    }
    const { runId } = reference;
    const em = this.em.fork() as SqlEntityManager;
    // Before the log: once a run has ended nothing is added to its log.
    const run = await em.findOne(Run, { id: runId });
    if (!run) return undefined;
    const parts = this.isLogged(run)
      ? await em.execute<NumberedPart[]>(PAGE, [runId, after])
      : await this.answerPage(em, run, after);
    if (parts.length > 0 || !run.finishedAt) return { parts, isLast: false };
    const closing = await this.closing(em, run, reference);
    return { parts: closing.filter(({ seq }) => seq > after), isLast: true };
  }

  private isLogged({ log, finishedAt }: Run): boolean {
    const isExpired = finishedAt && finishedAt.getTime() < Date.now() - this.config.eventsKept;
    return log === 'kept' && !isExpired;
  }

  private async closing(
    em: SqlEntityManager,
    run: Run,
    reference: RunReference,
  ): Promise<NumberedPart[]> {
    if (this.isLogged(run)) {
      const last = await this.last(em, run.id);
      return closingParts(reference, run, last?.seq ?? OPENING_PARTS, last && openTextOf(last));
    }
    const [row] = await em.execute<{ length: number }[]>(ANSWER_LENGTH, [run.id]);
    const pieces = Math.ceil(Number(row?.length ?? 0) / ANSWER_PART_LENGTH);
    if (pieces === 0) return closingParts(reference, run, OPENING_PARTS, undefined);
    const { seq } = answerOpening();
    return closingParts(reference, run, seq + pieces, openTextOf(answerOpening()));
  }

  private async last(em: SqlEntityManager, runId: string): Promise<NumberedPart | undefined> {
    return (await em.execute<NumberedPart[]>(LAST, [runId]))[0];
  }

  /** There is no answer before the run has ended. */
  private async answerPage(em: SqlEntityManager, run: Run, after: number): Promise<NumberedPart[]> {
    if (!run.finishedAt) return [];
    const opening = answerOpening();
    const from = Math.max(0, after - opening.seq);
    const [row] = await em.execute<{ piece: string }[]>(ANSWER_PAGE, [
      from * ANSWER_PART_LENGTH + 1,
      run.id,
    ]);
    if (!row?.piece) return [];
    const part = answerPart(opening.seq + from + 1, row.piece);
    return after < opening.seq ? [opening, part] : [part];
  }
}

/** The text part that the last part of a log leaves open. */
function openTextOf({ part }: NumberedPart): string | undefined {
  const { type, id } = JSON.parse(part) as { type: string; id?: string };
  return type === 'text-start' || type === 'text-delta' ? id : undefined;
}
