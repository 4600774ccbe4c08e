import { AuditTrail, type CallAudit } from '@app/logging';
import { DomainError, ShutdownDrain } from '@app/security';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import type { AnswerWriter } from '../engine/answer-writer.js';
import type { AnswerText } from '../engine/answer-text.js';
import { EngineCatalog } from '../engine/engine-catalog.js';
import type { AnswerFailure } from '../engine/engine.js';
import { PlainAnswerWriter } from '../engine/plain-answer.writer.js';
import { LogWriter } from '../events/log-writer.js';
import { LoggedAnswerWriter } from '../events/logged-answer.writer.js';
import { RunWatchers } from '../events/run-watchers.js';
import { AllowanceService, toSpentLimit } from '../usage/allowance.service.js';
import { ActiveRun, ActiveRuns } from './active-runs.js';
import { RunLeasesJob } from './run-leases.job.js';
import { RunTurns } from './run-turns.js';
import { type BegunRun, type NewMessage, type RunOutcome, RunStore } from './run-store.js';

/** A complete answer, with what it may tell of a failure. */
export interface Answer {
  readonly text: string;
  readonly failure?: AnswerFailure | undefined;
}

/** A run that goes on, whether a client waits for it or not. */
export interface RunningRun {
  readonly run: BegunRun;
  /** Rejects with why the answer could not be completed. */
  readonly answer: Promise<Answer>;
}

/** Collects an answer in one of the two ways. */
interface AnswerCollector extends AnswerWriter {
  readonly answer: AnswerText;
  /** Resolves when all of it is where it belongs. */
  end(): Promise<void>;
}

/** Runs messages to their answers. A run continues if the phone disconnects: its answer is then in the history. */
@Injectable()
export class RunService implements BeforeApplicationShutdown {
  private readonly log = new Logger('Runs');
  private draining = false;

  constructor(
    private readonly store: RunStore,
    private readonly turns: RunTurns,
    private readonly allowances: AllowanceService,
    private readonly engines: EngineCatalog,
    private readonly active: ActiveRuns,
    private readonly logs: LogWriter,
    private readonly watchers: RunWatchers,
    private readonly leases: RunLeasesJob,
    private readonly trail: AuditTrail,
    private readonly drain: ShutdownDrain,
  ) {}

  /** Whether no run starts here any more. */
  get isDraining(): boolean {
    return this.draining;
  }

  /**
   * Stores the message when it is its turn, and has it answered, within the time limit of its profile.
   *
   * @throws ChatError if it cannot be stored
   */
  async begin(message: NewMessage, audit: CallAudit): Promise<RunningRun> {
    if (this.draining) throw ChatError.shuttingDown();
    const { profile, text } = message;
    await this.admit(message);
    const run = await this.turns.begin(message);
    const active = new ActiveRun(this.engines.of(profile, text).seconds(profile) * 1000);
    this.active.add(run.id, active);
    return { run, answer: this.work(run, message, active, audit) };
  }

  /**
   * Counts the message by the limits of its profile. One that has come before is answered whatever they say.
   *
   * @throws ChatError `limit_reached` @throws RepeatedMessage
   */
  private async admit(message: NewMessage): Promise<void> {
    const { accountId, profile, text, limits } = message;
    const { answersInParts: asksModel } = this.engines.of(profile, text);
    try {
      const spent = await this.allowances.spend(accountId, profile, asksModel);
      for (const allowance of spent) limits?.tell(toSpentLimit(allowance));
    } catch (error) {
      await this.store.assertFirst(message);
      throw error;
    }
  }

  /** No run starts any more; running ones end, or are interrupted when the drain is over. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    this.turns.stop();
    await Promise.race([this.active.settled(), this.drain.over]);
    await this.leases.stop();
  }

  private async work(
    run: BegunRun,
    message: NewMessage,
    active: ActiveRun,
    audit: CallAudit,
  ): Promise<Answer> {
    const log = message.isLogged ? this.logs.begin(run.id) : undefined;
    const writer = log ? new LoggedAnswerWriter(log) : new PlainAnswerWriter();
    try {
      return await this.answer(run, message, writer, active, audit);
    } catch (error) {
      throw await this.fail(run, message, writer, active, error, audit);
    } finally {
      if (log) this.logs.close(log);
      this.active.remove(run.id);
      this.watchers.wake(run.id);
    }
  }

  private async answer(
    run: BegunRun,
    message: NewMessage,
    writer: AnswerCollector,
    { signal }: ActiveRun,
    audit: CallAudit,
  ): Promise<Answer> {
    const { id: runId, conversationId, accountId } = run;
    const { profile, text } = message;
    const turn = { runId, conversationId, accountId, profile, message: text, signal };
    const { failure } = await this.engines.of(profile, text).answer(turn, writer);
    await writer.end();
    const answer = { text: writer.answer.whole, failure };
    const status = failure ? 'failed' : 'succeeded';
    const outcome = { text: answer.text, status, errorCode: failure ?? null } as const;
    await this.end(run, outcome, audit, { result: { conversationId: run.publicConversationId } });
    return answer;
  }

  /** Keeps what there is of an answer. Returns what the caller is told. */
  private async fail(
    run: BegunRun,
    { profile }: NewMessage,
    writer: AnswerCollector,
    active: ActiveRun,
    thrown: unknown,
    audit: CallAudit,
  ): Promise<unknown> {
    const { publicConversationId: conversationId } = run;
    const error = active.isCancelled ? ChatError.failed('run_cancelled') : thrown;
    const code = error instanceof DomainError ? error.code : 'internal_error';
    this.log.warn({ event: 'chat.run.failed', runId: run.id, profileId: profile.id, code });
    // What cannot be logged any more has not been seen by any client.
    await writer.end().catch(() => undefined);
    const outcome = active.isCancelled
      ? ({ status: 'cancelled', errorCode: null } as const)
      : ({ status: 'failed', errorCode: code } as const);
    await this.end(run, { ...outcome, text: writer.answer.whole }, audit, { error }).catch(
      (unstored: unknown) => {
        this.active.unclosed.add(run.id);
        throw unstored;
      },
    );
    return error instanceof ChatError
      ? new ChatError(error.code, error.message, { ...error.extra, conversationId })
      : error;
  }

  /** With the record of the call, if it goes on after its answer; else the call is recorded with its answer. */
  private async end(
    run: BegunRun,
    outcome: RunOutcome,
    audit: CallAudit,
    end: { result: object } | { error: unknown },
  ): Promise<void> {
    if (audit.isWritten) {
      const isStored = await this.store.finish(run, outcome, audit.statement(end));
      if (!isStored) await this.trail.record(audit.entry(end));
      return;
    }
    if ('error' in end) {
      await this.store.finish(run, outcome);
      return;
    }
    const isStored = await this.store.finish(run, outcome, audit.statement(end));
    if (isStored) audit.markWritten();
  }
}
