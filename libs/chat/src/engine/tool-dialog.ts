import type { McpAnswer, McpDialog, McpProgress, McpQuestion, Sample } from '@app/mcp';
import { PausableLimit } from './pausable-limit.js';
import { ProgressParts } from './progress-parts.js';
import type { CallPlace } from './tool-questions.js';
import { visible } from './visible-text.js';

/** That a call was given up for a reason of ours. */
class GivenUp extends Error {
  override readonly name = 'GivenUp';
}

/**
 * What a server may ask and say during one call. The limit is how long the call may be silent: it begins again with each
 * news of its progress, and stands still while the person thinks.
 */
export class ToolDialog implements McpDialog {
  readonly answered: McpDialog['answered'];
  readonly sample: McpDialog['sample'];
  private readonly limit: PausableLimit;
  private readonly progress: ProgressParts;
  private readonly asks = new Set<Promise<unknown>>();
  private count: number;
  /** Why the person could not be asked. */
  private failure: Error | undefined;

  constructor(
    private readonly place: CallPlace,
    readonly allowsPlainHttp: boolean,
    silentMs: number,
    sample?: Sample,
  ) {
    this.limit = new PausableLimit(silentMs);
    this.progress = new ProgressParts(place);
    this.count = place.stored?.count ?? 0;
    this.answered = answeredOf(place);
    this.sample = sample && this.whileWaiting(sample);
  }

  get signal(): AbortSignal {
    return this.limit.signal;
  }

  readonly ask = (
    question: McpQuestion,
    signal: AbortSignal,
    done?: AbortSignal,
  ): Promise<McpAnswer> => this.awaited(this.askPerson(question, signal, done));

  readonly onProgress = (progress: McpProgress): void => {
    this.limit.extend();
    this.progress.tell(progress);
  };

  /** Does the call. @throws why the person could not be asked, before anything that follows from it */
  async during<T>(call: () => Promise<T>): Promise<T> {
    try {
      return await call();
    } catch (error) {
      throw this.failure ?? error;
    } finally {
      this.limit.end();
      // The run does not end before what it has asked is put away.
      await Promise.all(this.asks);
      await this.progress.end();
    }
  }

  /** The call is not silent while its server waits for a model. The time of the run goes on. */
  private whileWaiting(sample: Sample): Sample {
    return (request, signal) => {
      this.limit.pause();
      return this.awaited(sample(request, signal).finally(() => this.limit.resume()));
    };
  }

  private awaited<T>(answer: Promise<T>): Promise<T> {
    this.asks.add(answer);
    return answer.finally(() => this.asks.delete(answer));
  }

  private async askPerson(
    question: McpQuestion,
    signal: AbortSignal,
    done?: AbortSignal,
  ): Promise<McpAnswer> {
    const { callId, title, held } = this.place;
    this.count += 1;
    const inputId = `${callId}.${this.count}`;
    this.limit.pause();
    try {
      return await held.ask({ inputId, callId, title: visible(title), question }, signal, done);
    } catch (error) {
      this.failure ??= error as Error;
      this.limit.giveUp(new GivenUp());
      return { action: 'cancel' };
    } finally {
      this.limit.resume();
    }
  }
}

function answeredOf({ stored, answers = new Map() }: CallPlace): McpDialog['answered'] {
  if (!stored) return undefined;
  const given = Object.entries(stored.inputIds).map(([id, inputId]): [string, McpAnswer] => [
    id,
    answers.get(inputId) ?? { action: 'cancel' },
  ]);
  return { continuation: stored.continuation, answers: Object.fromEntries(given) };
}
