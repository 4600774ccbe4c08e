import { counter, histogram } from '@app/metrics';
import type { Span } from '@app/tracing';
import type { LanguageModelV4 } from '@ai-sdk/provider';
import { SwitchBoard } from '@app/switches';
import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import type { Model } from '../catalog/model.js';
import { ModelError } from '../model.error.js';
import { ModelCircuits } from '../resilience/model-circuits.js';
import { retryDelayMs } from '../resilience/retry-delay.js';
import { BegunStep } from './begun-step.js';
import { outcomeOf, spanOf } from './model-span.js';
import { SwitchedModel } from './switched-model.js';
import type { ModelPart, ModelStep } from '../conversation/model-step.js';

/** From a model on the same machine to one that thinks. Seconds. */
const FIRST_TOKEN_TIMES = [0.05, 0.1, 0.25, 0.5, 1, 2, 4, 8, 15, 30, 60];

/** From a short answer to one that a limit of its time has cut. Seconds. */
const STEP_TIMES = [0.25, 0.5, 1, 2, 4, 8, 15, 30, 60, 120, 300];

const steps = counter({
  name: 'gateway_model_steps_total',
  help: 'Requests for a step of a language model. The outcome is begun or the error code.',
  labels: ['model', 'outcome'],
});

const firstTokens = histogram(
  {
    name: 'gateway_model_first_token_seconds',
    help: 'Time from the request to the first part of the answer, including retries.',
    labels: ['model'],
  },
  FIRST_TOKEN_TIMES,
);

const stepDurations = histogram(
  {
    name: 'gateway_model_step_duration_seconds',
    help: 'Time from the request to the end of the answer, including retries with the same model.',
    labels: ['model'],
  },
  STEP_TIMES,
);

/** A step that has begun, at the first model that said something. */
interface AskedStep {
  readonly begun: BegunStep;
  readonly model: Model;
  /** On the clock of `performance.now()`. Milliseconds. */
  readonly askedAt: number;
  readonly switched: SwitchedModel;
  readonly span: Span | undefined;
}

/** The port to language models: one step of a conversation, whichever provider takes it. */
@Injectable()
export class LanguageModels {
  private readonly log = new Logger('Models');
  /** By id. A package is loaded, and a model set up, when it is first asked. */
  private readonly loaded = new Map<string, Promise<LanguageModelV4>>();

  constructor(
    private readonly circuits: ModelCircuits,
    private readonly board: SwitchBoard = new SwitchBoard(),
  ) {}

  /**
   * Asks the first model of the chain, and the others in order as long as none has said anything. What ends after the
   * first token ends the step: a second answer behind half of another one would be no answer. So does a model that is
   * switched off: before, the next one is asked.
   *
   * @throws ModelError of the last model that was asked; with `begun` if it had begun to answer
   */
  async *stream(chain: readonly Model[], step: ModelStep): AsyncGenerator<ModelPart, void> {
    const { begun, switched, model, askedAt, span } = await this.begin(chain, step);
    try {
      yield* begun.parts();
    } catch (thrown) {
      const error = switched.failureOf(thrown);
      span?.fail(outcomeOf(error));
      throw error;
    } finally {
      switched.end();
      span?.end();
      stepDurations.observe({ model: model.id }, (performance.now() - askedAt) / 1_000);
    }
  }

  private async begin(chain: readonly Model[], step: ModelStep): Promise<AskedStep> {
    let failure = new ModelError('model_unavailable', { reason: 'no_model' });
    for (const model of chain) {
      if (this.board.isOff('model', model.id)) {
        failure = new ModelError('model_off');
        continue;
      }
      const askedAt = performance.now();
      const span = spanOf(model);
      const switched = new SwitchedModel(this.board, model.id, step.signal);
      try {
        const asking = () => this.beginAt(model, { ...step, signal: switched.signal });
        const begun = await (span ? span.run(asking) : asking());
        const seconds = (performance.now() - askedAt) / 1_000;
        steps.add({ model: model.id, outcome: 'begun' });
        firstTokens.observe({ model: model.id }, seconds);
        span?.set({ 'gen_ai.response.time_to_first_chunk': seconds });
        return { begun, switched, model, askedAt, span };
      } catch (thrown) {
        switched.end();
        const error = switched.failureOf(thrown);
        const outcome = outcomeOf(error);
        span?.fail(outcome);
        span?.end();
        steps.add({ model: model.id, outcome });
        if (!(error instanceof ModelError) || error.code === 'model_cancelled') throw error;
        failure = error;
        const { reason, statusCode } = error.details;
        const line = { event: 'model.failed', model: model.id, code: error.code };
        this.log.warn({ ...line, reason, statusCode });
      }
    }
    throw failure;
  }

  private async beginAt(model: Model, step: ModelStep): Promise<BegunStep> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await this.circuits.run(model, async () =>
          BegunStep.begin(model, await this.load(model), step),
        );
      } catch (error) {
        const delayMs = error instanceof ModelError ? retryDelayMs(error, attempt) : undefined;
        if (delayMs === undefined || attempt > model.retries) throw error;
        await pause(delayMs, step.signal);
      }
    }
  }

  private load(model: Model): Promise<LanguageModelV4> {
    const known = this.loaded.get(model.id);
    if (known) return known;
    const loading = import('../providers/language-model.js').then(({ loadLanguageModel }) =>
      loadLanguageModel(model),
    );
    this.loaded.set(model.id, loading);
    return loading;
  }
}

async function pause(ms: number, signal: AbortSignal): Promise<void> {
  try {
    await wait(ms, undefined, { signal });
  } catch {
    throw new ModelError('model_cancelled');
  }
}
