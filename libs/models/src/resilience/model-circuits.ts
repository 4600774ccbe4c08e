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

/**
 * One circuit breaker per provider: while the provider is away, no call waits for its timeouts, and fallbacks answer at
 * once.
 */
@Injectable()
export class ModelCircuits {
  private readonly log = new Logger('Models');
  private readonly circuits = new Map<string, CircuitBreakerPolicy>();

  /** @throws ModelError `model_unavailable`, at once, while the provider is left alone */
  async run<T>(model: Model, work: () => Promise<T>): Promise<T> {
    const circuit = this.circuitOf(model);
    // The library would have others wait for the step that tries.
    if (circuit.state === CircuitState.HalfOpen) throw leftAlone();
    try {
      return await circuit.execute(work);
    } catch (error) {
      throw error instanceof BrokenCircuitError ? leftAlone() : error;
    }
  }

  private circuitOf({ id, provider, baseUrl }: Model): CircuitBreakerPolicy {
    const key = `${provider} ${baseUrl}`;
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
