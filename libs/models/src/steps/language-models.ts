import type { LanguageModelV4 } from '@ai-sdk/provider';
import { Injectable, Logger } from '@nestjs/common';
import { setTimeout as wait } from 'node:timers/promises';
import type { Model } from '../catalog/model.js';
import { ModelError } from '../model.error.js';
import { ModelCircuits } from '../resilience/model-circuits.js';
import { retryDelayMs } from '../resilience/retry-delay.js';
import { BegunStep } from './begun-step.js';
import type { ModelPart, ModelStep } from '../conversation/model-step.js';

/** The port to language models: one step of a conversation, whichever provider takes it. */
@Injectable()
export class LanguageModels {
  private readonly log = new Logger('Models');
  /** By id. A package is loaded, and a model set up, when it is first asked. */
  private readonly loaded = new Map<string, Promise<LanguageModelV4>>();

  constructor(private readonly circuits: ModelCircuits) {}

  /**
   * Asks the first model of the chain, and the others in order as long as none has said anything. What ends after the
   * first token ends the step: a second answer behind half of another one would be no answer.
   *
   * @throws ModelError of the last model that was asked; with `begun` if it had begun to answer
   */
  async *stream(chain: readonly Model[], step: ModelStep): AsyncGenerator<ModelPart, void> {
    const begun = await this.begin(chain, step);
    yield* begun.parts();
  }

  private async begin(chain: readonly Model[], step: ModelStep): Promise<BegunStep> {
    let failure = new ModelError('model_unavailable', { reason: 'no_model' });
    for (const model of chain) {
      try {
        return await this.beginAt(model, step);
      } catch (error) {
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
