import { AuditTrail } from '@app/logging';
import { Injectable, Logger } from '@nestjs/common';
import { ChatError } from '../chat.error.js';
import { EngineCatalog } from '../engine/engine-catalog.js';
import { LogWriter } from '../events/log-writer.js';
import { LoggedAnswerWriter } from '../events/logged-answer.writer.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { ActiveRun, ActiveRuns } from './active-runs.js';
import { outsideOfCalls } from './outside-of-calls.js';
import { approvalPart, inputPart, statePart } from './run-suspender.js';
import { RunStore } from './run-store.js';
import { HeldInputs } from './held-inputs.js';
import { RunService } from './run.service.js';
import { turnOf } from './run-work.js';
import type { ResumedRun } from './resumed-run.js';
import { WaitingRuns } from './waiting-runs.js';

/** Goes on with runs when all that they wait for is decided, in whatever process notices first. */
@Injectable()
export class RunResumption {
  private readonly log = new Logger('Runs');

  constructor(
    private readonly waiting: WaitingRuns,
    private readonly store: RunStore,
    private readonly runs: RunService,
    private readonly held: HeldInputs,
    private readonly active: ActiveRuns,
    private readonly engines: EngineCatalog,
    private readonly profiles: ProfileCatalog,
    private readonly logs: LogWriter,
    private readonly trail: AuditTrail,
  ) {}

  /** Resolves when the run goes on here; does nothing if it still waits, or goes on elsewhere. */
  resume(runId: string): Promise<void> {
    return this.active.starting(() => this.start(runId));
  }

  private async start(runId: string): Promise<void> {
    // Another process takes it over, or this one after its restart.
    if (this.runs.isDraining) return;
    const resumed = await this.waiting.claim(runId);
    if (resumed) await this.goOn(resumed);
  }

  private async goOn(resumed: ResumedRun): Promise<void> {
    const { run, profileId, message, engine: name, state, words, written } = resumed;
    const profile = this.profiles.find(profileId);
    if (!profile) {
      // Its operator has switched it off meanwhile.
      const outcome = { status: 'failed', errorCode: 'assistant_unavailable' } as const;
      await this.store.finish(run, { ...outcome, text: written.text });
      return;
    }
    const engine = this.engines.named(name);
    const active = new ActiveRun(engine.seconds(profile) * 1000);
    const log = this.logs.begin(run.id, written.last);
    const writer = new LoggedAnswerWriter(log, written);
    const turn = turnOf(run, { profile, text: message }, active, this.held.of(run, active, writer));
    const answer = async () => {
      for (const part of partsOf(resumed)) await log.append(part);
      return engine.resume(turn, writer, state, words);
    };
    this.runs
      .work({ run, profileId, writer, active, answer })
      .catch((error: unknown) => this.record(resumed, error));
  }

  /** What was approved and could not be done as it was shown. Other failures are logged with the run. */
  private async record({ run }: ResumedRun, error: unknown): Promise<void> {
    if (!(error instanceof ChatError) || error.code !== 'approval_mismatch') return;
    this.log.warn({ event: 'chat.approval.mismatch', runId: run.id });
    const about = outsideOfCalls(run.accountId, run.id);
    await this.trail.record({ action: 'approval.voided', outcome: error.code, ...about });
  }
}

/** What has been decided since the run waits, and that it goes on. */
function partsOf({ run, approvals, inputs }: ResumedRun) {
  const since = Math.max(...[...approvals, ...inputs].map(({ createdAt }) => createdAt.getTime()));
  const isNew = ({ createdAt }: { createdAt: Date }) => createdAt.getTime() === since;
  return [
    ...approvals.filter(isNew).map(approvalPart),
    ...inputs.filter(isNew).map(inputPart),
    statePart(run, 'running'),
  ];
}
