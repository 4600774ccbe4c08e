import { AuditTrail, type CallAudit } from '@app/logging';
import type { Statement } from '@app/persistence';
import { DomainError, ShutdownDrain } from '@app/security';
import { type Span, traced } from '@app/tracing';
import { type BeforeApplicationShutdown, Injectable, Logger } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import type { CardView } from '../cards/card.view.js';
import { EngineCatalog } from '../engine/engine-catalog.js';
import type { AnswerFailure } from '../engine/engine.js';
import { LogWriter } from '../events/log-writer.js';
import { LateAnswerWriter } from '../events/late-answer.writer.js';
import { LoggedAnswerWriter } from '../events/logged-answer.writer.js';
import { RunWatchers } from '../events/run-watchers.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import { TitleService } from '../titles/title.service.js';
import { AllowanceService, toSpentLimit } from '../usage/allowance.service.js';
import { ActiveRun, ActiveRuns } from './active-runs.js';
import { runDurations, runsEnded } from './run-metrics.js';
import { HeldInputs } from './held-inputs.js';
import { RunSuspender } from './run-suspender.js';
import { RunLeasesJob } from './run-leases.job.js';
import { RunTurns } from './run-turns.js';
import { type RunWork, turnOf } from './run-work.js';
import { type BegunRun, type NewMessage, type RunOutcome, RunStore } from './run-store.js';

/** A complete answer, with what it may tell of a failure. */
export interface Answer {
  readonly text: string;
  readonly cards: readonly CardView[];
  readonly failure?: AnswerFailure | undefined;
  /** It is not complete: the run waits for the person. */
  readonly isWaiting?: true;
}

/** A run that goes on, whether a client waits for it or not. */
export interface RunningRun {
  readonly run: BegunRun;
  /** Rejects with why the answer could not be completed. */
  readonly answer: Promise<Answer>;
  /** Resolves if it waits for the person in the middle of a call. */
  readonly paused: Promise<undefined>;
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
    private readonly suspender: RunSuspender,
    private readonly held: HeldInputs,
    private readonly engines: EngineCatalog,
    private readonly titles: TitleService,
    private readonly active: ActiveRuns,
    private readonly logs: LogWriter,
    private readonly watchers: RunWatchers,
    private readonly leases: RunLeasesJob,
    private readonly trail: AuditTrail,
    private readonly drain: ShutdownDrain,
    private readonly switches: SwitchedParts,
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
  begin(message: NewMessage, audit: CallAudit): Promise<RunningRun> {
    return this.active.starting(() => this.start(message, audit));
  }

  private async start(message: NewMessage, audit: CallAudit): Promise<RunningRun> {
    if (this.draining) throw ChatError.shuttingDown();
    const { profile, text } = message;
    await this.admit(message);
    const run = await this.turns.begin(message);
    const engine = this.engines.of(profile, text);
    const active = new ActiveRun(engine.seconds(profile) * 1000);
    const writer = message.isLogged
      ? new LoggedAnswerWriter(this.logs.begin(run.id))
      : new LateAnswerWriter(() => this.logs.beginLate(run.id));
    const turn = turnOf(run, message, active, this.held.of(run, active, writer));
    const answer = () => engine.answer(turn, writer);
    const work = { run, profileId: profile.id, writer, active, audit, answer };
    const answered = this.work(work);
    if (run.isFirst && engine.asksModel) void this.title(run, message, answered);
    return { run, answer: answered, paused: active.paused };
  }

  private async title(run: BegunRun, message: NewMessage, answered: Promise<Answer>) {
    const answer = await answered.catch(() => undefined);
    if (!answer || answer.failure || answer.isWaiting) return;
    const { id: runId, conversationId, accountId } = run;
    const { profile, text } = message;
    const ofTurn = { runId, conversationId, accountId, profile, message: text };
    this.titles.give({ ...ofTurn, answer: answer.text });
  }

  /** Works on a run until it ends, or waits for the person. @throws why its answer could not be completed */
  work(work: RunWork): Promise<Answer> {
    const start = { name: 'run', attributes: { 'gateway.profile': work.profileId } };
    return traced(
      () => start,
      (span) => this.workWithin(work, span),
    );
  }

  private async workWithin(work: RunWork, span: Span | undefined): Promise<Answer> {
    const { run, profileId, writer, active } = work;
    const needs = { profileId, accountId: run.accountId };
    const startedAt = performance.now();
    this.active.add(run.id, active);
    try {
      const answer = await this.switches.whileAnswered(
        needs,
        (why) => active.stop(why),
        () => this.complete(work),
      );
      runsEnded.add({ profile: profileId, status: statusOf(answer) });
      span?.set({ 'gateway.run.outcome': statusOf(answer) });
      return answer;
    } catch (error) {
      runsEnded.add({ profile: profileId, status: active.isCancelled ? 'cancelled' : 'failed' });
      throw await this.fail(work, error);
    } finally {
      runDurations.observe({ profile: profileId }, (performance.now() - startedAt) / 1_000);
      if (writer.log) this.logs.close(writer.log);
      this.active.remove(run.id);
      this.watchers.wake(run.id);
    }
  }

  /**
   * Counts the message by the limits of its profile. One that has come before is answered whatever they say.
   *
   * @throws ChatError `limit_reached` @throws RepeatedMessage
   */
  private async admit(message: NewMessage): Promise<void> {
    const { accountId, profile, text, limits } = message;
    // A repetition takes no place of another message.
    if (profile.limits.messagesPerMinute !== undefined) await this.store.assertFirst(message);
    const { asksModel } = this.engines.of(profile, text);
    const spending = await this.allowances.spend(accountId, profile, asksModel);
    for (const allowance of spending.allowances) limits?.tell(toSpentLimit(allowance));
    if (!spending.refused) return;
    await this.store.assertFirst(message);
    throw ChatError.limitReached(spending.refused);
  }

  /** No run starts any more; running ones end, or are interrupted when the drain is over. */
  async beforeApplicationShutdown(): Promise<void> {
    this.draining = true;
    this.turns.stop();
    this.held.stop();
    await Promise.race([this.active.settled(), this.drain.over]);
    await this.leases.stop();
  }

  private async complete(work: RunWork): Promise<Answer> {
    const { run, profileId, writer, audit } = work;
    this.switches.assertAnswered(profileId, run.accountId);
    const { failure, suspension } = await work.answer();
    await (suspension ? writer.pause() : writer.end());
    const { cards } = writer;
    const text = writer.answer.whole;
    const end = { result: { conversationId: run.publicConversationId } };
    if (suspension) {
      const record = audit?.statement(end);
      if (await this.suspender.suspend(run, suspension, writer.log, record)) audit?.markWritten();
      return { text, cards, isWaiting: true };
    }
    const status = failure ? 'failed' : 'succeeded';
    const outcome = { text, status, errorCode: failure ?? null } as const;
    await this.end(run, outcome, audit, end);
    return { text, cards, failure };
  }

  /** Keeps what there is of an answer. Returns what the caller is told. */
  private async fail(
    { run, profileId, writer, active, audit }: RunWork,
    thrown: unknown,
  ): Promise<unknown> {
    const { publicConversationId: conversationId } = run;
    const error = active.isCancelled
      ? ChatError.failed('run_cancelled')
      : (active.stopped ?? thrown);
    const code = error instanceof DomainError ? error.code : 'internal_error';
    this.log.warn({ event: 'chat.run.failed', runId: run.id, profileId, code });
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
    audit: CallAudit | undefined,
    end: { result: object } | { error: unknown },
  ): Promise<void> {
    if (audit?.isWritten) {
      const isStored = await this.finish(run, outcome, audit.statement(end));
      if (!isStored) await this.trail.record(audit.entry(end));
      return;
    }
    if (!audit || 'error' in end) {
      await this.finish(run, outcome);
      return;
    }
    const isStored = await this.finish(run, outcome, audit.statement(end));
    if (isStored) audit.markWritten();
  }

  /** Also where the database has a question of which this process knows nothing any more: its answer was lost. */
  private async finish(run: BegunRun, outcome: RunOutcome, record?: Statement): Promise<boolean> {
    if (await this.store.finish(run, outcome, record)) return true;
    return (await this.held.letGo(run)) && this.store.finish(run, outcome, record);
  }
}

function statusOf({ isWaiting, failure }: Answer): string {
  if (isWaiting) return 'waiting';
  return failure ? 'failed' : 'succeeded';
}
