import type { LanguageModelV4, LanguageModelV4StreamPart } from '@ai-sdk/provider';
import type { Model } from '../catalog/model.js';
import { ModelError } from '../model.error.js';
import { toCallOptions } from '../providers/call-options.js';
import { PartReader } from '../providers/part-reader.js';
import { ToolNames } from '../providers/tool-names.js';
import type { ModelPart, ModelStep } from '../conversation/model-step.js';

/** Parts of a stream that are no token yet. */
const BEFORE_TOKENS: ReadonlySet<LanguageModelV4StreamPart['type']> = new Set([
  'stream-start',
  'response-metadata',
  'raw',
  'ping',
  'text-start',
  'reasoning-start',
]);

/** How long the rest of a finished answer may take. Milliseconds. */
const SETTLE_MS = 1_000;

/**
 * A step at one model, from the request to its end. It begins with the first token: what fails before can be tried
 * again, or at another model; what fails later is the failure of the step.
 */
export class BegunStep {
  private readonly abort = new AbortController();
  private readonly reader: PartReader;
  private readonly names = new ToolNames();
  private stream: ReadableStreamDefaultReader<LanguageModelV4StreamPart> | undefined;
  private readonly first: LanguageModelV4StreamPart[] = [];
  private totalTimer: NodeJS.Timeout | undefined;

  private constructor(
    private readonly model: Model,
    private readonly step: ModelStep,
  ) {
    this.reader = new PartReader(model, step, this.names);
  }

  /** Resolves with the first token. @throws ModelError */
  static async begin(model: Model, language: LanguageModelV4, step: ModelStep): Promise<BegunStep> {
    const begun = new BegunStep(model, step);
    try {
      await begun.untilFirstToken(language);
      return begun;
    } catch (error) {
      const failure = begun.failureOf(error);
      begun.end();
      throw failure;
    }
  }

  /** @throws ModelError with the usage of what has come */
  async *parts(): AsyncGenerator<ModelPart, void> {
    let isFinished = false;
    try {
      for await (const given of this.given()) {
        const part = this.reader.read(given);
        isFinished = part?.type === 'finish';
        if (part) yield part;
        if (isFinished) return;
      }
      throw new ModelError('model_broken', { reason: 'no_end' });
    } catch (error) {
      const failure = this.failureOf(error);
      failure.begun = { model: this.model.id, usage: this.reader.usage() };
      throw failure;
    } finally {
      if (isFinished) void this.settle();
      else this.end();
    }
  }

  private async *given(): AsyncGenerator<LanguageModelV4StreamPart, void> {
    yield* this.first;
    for (;;) {
      const { done, value } = await this.stream!.read();
      if (done) return;
      yield value;
    }
  }

  private async untilFirstToken(language: LanguageModelV4): Promise<void> {
    const { timeouts, maxOutputTokens } = this.model;
    const { signal } = this.step;
    if (signal.aborted) throw new ModelError('model_cancelled');
    signal.addEventListener('abort', this.cancel, { once: true });
    this.totalTimer = setTimeout(() => this.giveUp('total'), timeouts.totalMs);
    const timer = setTimeout(() => this.giveUp('first_token'), timeouts.firstTokenMs);
    try {
      const bounded = {
        ...this.step,
        maxOutputTokens: Math.min(this.step.maxOutputTokens, maxOutputTokens),
      };
      const options = toCallOptions(bounded, this.names, this.abort.signal);
      const { stream } = await language.doStream(options);
      this.stream = stream.getReader();
      for (;;) {
        const { done, value } = await this.stream.read();
        if (done) throw new ModelError('model_broken', { reason: 'no_end' });
        if (value.type === 'error') throw value.error;
        this.first.push(value);
        // An answer without a token may be one that broke off: then it has not begun.
        if (value.type === 'finish') this.reader.read(value);
        if (!BEFORE_TOKENS.has(value.type)) return;
      }
    } finally {
      clearTimeout(timer);
    }
  }

  private giveUp(reason: 'first_token' | 'total'): void {
    this.abort.abort(new ModelError('model_timeout', { reason }));
  }

  private readonly cancel = (): void => this.abort.abort(new ModelError('model_cancelled'));

  /** Whatever the packages made of it: that we have aborted says more. */
  private failureOf(error: unknown): ModelError {
    if (this.abort.signal.aborted) return this.abort.signal.reason as ModelError;
    if (error instanceof ModelError) return error;
    const { cause } = Object(error) as { cause?: unknown };
    if (cause instanceof ModelError) return cause;
    const { code } = Object(error) as { code?: unknown };
    return new ModelError('model_broken', {
      reason: typeof code === 'string' && /^[A-Z_]{1,40}$/.test(code) ? code : 'garbled',
    });
  }

  /** Reads what follows the last part, which is next to nothing, so that the connection can be used again. */
  private async settle(): Promise<void> {
    const timer = setTimeout(this.cancel, SETTLE_MS).unref();
    try {
      while (!(await this.stream!.read()).done);
    } catch {
      // The answer is complete; only its connection is lost.
    } finally {
      clearTimeout(timer);
      this.end();
    }
  }

  /** Also for a caller who stops listening: the provider would go on, and count. */
  private end(): void {
    clearTimeout(this.totalTimer);
    this.step.signal.removeEventListener('abort', this.cancel);
    this.stream?.cancel().catch(() => undefined);
    this.abort.abort(new ModelError('model_cancelled'));
  }
}
