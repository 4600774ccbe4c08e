import { AuditTrail } from '@app/logging';
import type { McpAnswer } from '@app/mcp';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ChatError } from '../chat.error.js';
import type { HeldQuestions } from '../engine/engine.js';
import { RunWatchers } from '../events/run-watchers.js';
import type { InputRequest } from '../inputs/input-request.js';
import { answerOf } from '../inputs/taken-answers.js';
import type { InputState, RunInput } from '../inputs/run-input.entity.js';
import type { ActiveRun } from './active-runs.js';
import { HeldInputRows, type InputEnd } from './held-input-rows.js';
import { outsideOfCalls } from './outside-of-calls.js';
import { inputPart, inputsOf, statePart } from './run-suspender.js';
import type { BegunRun } from './run-store.js';
import type { AnswerCollector } from './run-work.js';

interface HeldInput {
  readonly run: BegunRun;
  readonly inputId: string;
  /** It is in the database. */
  isShown: boolean;
  readonly settle: (end: InputEnd) => void;
}

/** A run of this process that can be asked about. */
interface HeldRun {
  readonly run: BegunRun;
  readonly active: ActiveRun;
  readonly writer: AnswerCollector;
}

type HeldPart = ReturnType<typeof inputPart> | ReturnType<typeof statePart>;

const NO_ANSWER: McpAnswer = { action: 'cancel' };

/** What a question is, at the end of its wait, that no person has answered. */
const OTHERWISE = {
  decided: 'withdrawn',
  done: 'accepted',
  expired: 'expired',
  withdrawn: 'withdrawn',
} as const satisfies Record<InputEnd, InputState>;

/**
 * The questions for which this process holds calls open: servers of 2025 ask in the middle of a call. What is asked and
 * answered is in the database, for all instances; only the open call is here, and lost with the process.
 */
@Injectable()
export class HeldInputs {
  private readonly log = new Logger('Runs');
  private readonly held = new Set<HeldInput>();
  private isStopped = false;

  constructor(
    private readonly rows: HeldInputRows,
    private readonly watchers: RunWatchers,
    private readonly trail: AuditTrail,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /** What asks the person of a run. */
  of(run: BegunRun, active: ActiveRun, writer: AnswerCollector): HeldQuestions {
    const held = { run, active, writer };
    return { ask: (request, signal, done) => this.ask(held, request, signal, done) };
  }

  has(runId: string): boolean {
    return [...this.held].some(({ run }) => run.id === runId);
  }

  /** Goes on with what has been answered, is too late, or is asked for nothing any more. */
  async look(): Promise<void> {
    if (this.held.size === 0) return;
    // One that is being stored is not missed.
    const shown = [...this.held].filter(({ isShown }) => isShown);
    const states = await this.rows.read([...new Set(shown.map(({ run }) => run.id))]);
    for (const { run, inputId, settle } of shown) {
      const state = states.find((one) => one.runId === run.id && one.inputId === inputId);
      const end = state ? state.end : 'withdrawn';
      if (end) settle(end);
    }
  }

  /** Has a run end whose question the database has and this process has given up; false for any other. */
  letGo(run: BegunRun): Promise<boolean> {
    return this.rows.letGo(run);
  }

  /** At a shutdown tools are told that there is no answer, and end in order. */
  stop(): void {
    this.isStopped = true;
    for (const { settle } of this.held) settle('withdrawn');
  }

  private async ask(
    { run, active, writer }: HeldRun,
    request: InputRequest,
    signal: AbortSignal,
    done?: AbortSignal,
  ): Promise<McpAnswer> {
    signal.throwIfAborted();
    if (this.isStopped) return NO_ANSWER;
    if (this.isFull(run.accountId)) {
      this.log.warn({ event: 'chat.input.refused', runId: run.id });
      return NO_ANSWER;
    }
    const settled = Promise.withResolvers<InputEnd>();
    const one: HeldInput = {
      run,
      inputId: request.inputId,
      isShown: false,
      settle: settled.resolve,
    };
    // Counted from now on.
    this.held.add(one);
    const giveUp = () => settled.resolve('withdrawn');
    signal.addEventListener('abort', giveUp, { once: true });
    done?.addEventListener('abort', () => settled.resolve('done'), { once: true });
    try {
      return await active.whilePaused(async () => {
        await this.show(run, writer, request);
        one.isShown = true;
        active.waits();
        const end = await settled.promise;
        return this.answer({ run, active, writer }, request.inputId, end, signal);
      });
    } finally {
      signal.removeEventListener('abort', giveUp);
      this.held.delete(one);
    }
  }

  private async show(run: BegunRun, writer: AnswerCollector, request: InputRequest) {
    const createdAt = new Date();
    const expiresAt = new Date(createdAt.getTime() + this.config.heldInputExpiry);
    const [input] = inputsOf(run, [request], { createdAt, expiresAt }) as [RunInput];
    await writer.pause();
    if (!(await this.rows.ask(run, input))) throw ChatError.failed('run_cancelled');
    // Who has seen the card can answer.
    await this.tell(writer, inputPart(input), statePart(run, 'waiting_for_input'));
    this.watchers.wake(run.id);
  }

  private async answer(
    { run, active, writer }: HeldRun,
    inputId: string,
    end: InputEnd,
    signal: AbortSignal,
  ): Promise<McpAnswer> {
    const input = await this.rows.take(run, inputId, OTHERWISE[end]);
    if (!input) throw ChatError.failed('run_cancelled');
    await this.tell(writer, inputPart(input), statePart(run, 'running'));
    signal.throwIfAborted();
    if (input.state === 'expired') {
      this.log.log({ event: 'chat.input.expired', runId: run.id });
      const about = outsideOfCalls(run.accountId, run.id);
      await this.trail.record({ action: 'input.expired', outcome: 'input_expired', ...about });
      throw ChatError.failed('input_expired');
    }
    if (end !== 'withdrawn') return answerOf(input);
    // Nothing goes on for an account that may not go on.
    if (!this.isStopped) active.cancel();
    return NO_ANSWER;
  }

  private async tell({ log }: AnswerCollector, ...parts: readonly HeldPart[]): Promise<void> {
    for (const part of parts) await log?.append(part);
    await log?.written();
  }

  private isFull(accountId: string): boolean {
    const { most, mostOfAccount } = this.config.heldInputs;
    const own = [...this.held].filter(({ run }) => run.accountId === accountId);
    return this.held.size >= most || own.length >= mostOfAccount;
  }
}
