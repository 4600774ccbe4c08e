import { Injectable, Logger } from '@nestjs/common';
import {
  BrokenCircuitError,
  circuitBreaker,
  type CircuitBreakerPolicy,
  CircuitState,
  ConsecutiveBreaker,
  handleWhen,
} from 'cockatiel';
import type { Model } from '../catalog/model.js';
import { ModelError, type ModelErrorCode } from '../model.error.js';

/** After so many failures in a row a provider is left alone. */
const FAILURES_IN_A_ROW = 5;

/** How long it is left alone; then one step tries. Milliseconds. */
const PAUSE_MS = 15_000;

/** What says that a provider is not well. A refusal says that it is, and so does a limit. */
const SICKNESS: ReadonlySet<ModelErrorCode> = new Set([
  'model_unavailable',
  'model_timeout',
  'model_broken',
]);

const UNTELLING: ReadonlySet<ModelErrorCode> = new Set(['model_cancelled', 'model_off']);

/** Whether a model can be used, by the last step that was asked of it. */
export interface ModelHealth {
  /** `paused`: its provider is left alone for a moment, as several steps in a row have failed. */
  readonly state: 'unused' | 'ok' | 'failing' | 'paused';
  readonly reachedAt: Date | null;
  /** Why the last step has failed; null if it has begun. */
  readonly failure: { readonly at: Date; readonly code: ModelErrorCode } | null;
}

/**
 * One circuit breaker per provider: while the provider is away, no call waits for its timeouts, and fallbacks answer at
 * once.
 */
@Injectable()
export class ModelCircuits {
  private readonly log = new Logger('Models');
  private readonly circuits = new Map<string, CircuitBreakerPolicy>();
  /** By the ids of models. */
  private readonly met = new Map<string, Pick<ModelHealth, 'reachedAt' | 'failure'>>();

  /** @throws ModelError `model_unavailable`, at once, while the provider is left alone */
  async run<T>(model: Model, work: () => Promise<T>): Promise<T> {
    const circuit = this.circuitOf(model);
    // The library would have others wait for the step that tries.
    if (circuit.state === CircuitState.HalfOpen) throw leftAlone();
    try {
      const result = await circuit.execute(work);
      this.met.set(model.id, { reachedAt: new Date(), failure: null });
      return result;
    } catch (error) {
      if (error instanceof BrokenCircuitError) throw leftAlone();
      this.noteFailure(model, error);
      throw error;
    }
  }

  /** How this process has met a model since its start. */
  healthOf(model: Model): ModelHealth {
    const { reachedAt, failure } = this.met.get(model.id) ?? { reachedAt: null, failure: null };
    const isPaused = this.circuits.get(keyOf(model))?.state === CircuitState.Open;
    if (isPaused) return { state: 'paused', reachedAt, failure };
    if (failure) return { state: 'failing', reachedAt, failure };
    return { state: reachedAt ? 'ok' : 'unused', reachedAt, failure };
  }

  /** That the caller has given up, or an operator has switched it off, says nothing of the model. */
  private noteFailure({ id }: Model, error: unknown): void {
    if (!(error instanceof ModelError) || UNTELLING.has(error.code)) return;
    const failure = { at: new Date(), code: error.code };
    this.met.set(id, { reachedAt: this.met.get(id)?.reachedAt ?? null, failure });
  }

  private circuitOf(model: Model): CircuitBreakerPolicy {
    const { id } = model;
    const key = keyOf(model);
    const known = this.circuits.get(key);
    if (known) return known;
    const circuit = circuitBreaker(
      handleWhen((error) => error instanceof ModelError && SICKNESS.has(error.code)),
      { halfOpenAfter: PAUSE_MS, breaker: new ConsecutiveBreaker(FAILURES_IN_A_ROW) },
    );
    circuit.onBreak(() => this.log.warn({ event: 'model.circuit.opened', model: id }));
    circuit.onReset(() => this.log.log({ event: 'model.circuit.closed', model: id }));
    this.circuits.set(key, circuit);
    return circuit;
  }
}

function leftAlone(): ModelError {
  return new ModelError('model_unavailable', { reason: 'circuit_open', retryAfterMs: PAUSE_MS });
}

function keyOf({ provider, baseUrl }: Model): string {
  return `${provider} ${baseUrl}`;
}
