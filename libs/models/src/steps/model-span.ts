import { beginSpan, currentTrace, type Span } from '@app/tracing';
import type { Model } from '../catalog/model.js';
import { ModelError } from '../model.error.js';

/** A step at one model, as a part of the trace of its run, if there is one. */
export function spanOf(model: Model): Span | undefined {
  if (!currentTrace()) return undefined;
  return beginSpan({
    name: `chat ${model.id}`,
    kind: 'client',
    attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.request.model': model.id },
  });
}

/** How a step failed, for metrics and spans. */
export function outcomeOf(error: unknown): string {
  return error instanceof ModelError ? error.code : 'internal_error';
}
