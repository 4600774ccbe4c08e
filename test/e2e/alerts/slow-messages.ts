import { setTimeout } from 'node:timers/promises';
import type { ModelAnswer, ModelServer } from '../../../libs/models/src/testing/model-server.js';
import { says } from '../../../libs/models/src/testing/open-ai-answers.js';
import { aUser, say } from '../client.ts';
import type { Gateway } from '../gateway.ts';
import { assertStatus, SOON } from './cause.ts';

/** More than the 15 seconds from which on a model is slow. Milliseconds. */
const SLOW_MODEL_MS = 15_500;

interface HeldMessage {
  readonly askedAt: number;
  readonly answered: Promise<{ readonly status: number }>;
  readonly release: () => void;
}

/** Messages of several users that a model is asked at the same time, and answers late. */
export class SlowMessages {
  private readonly held: HeldMessage[] = [];

  constructor(private readonly model: ModelServer) {}

  async ask(gateway: Gateway, profile: string, count: number): Promise<void> {
    for (let asked = 0; asked < count; asked += 1) {
      const user = await aUser(gateway);
      const { answer, release } = held();
      this.model.answer(answer);
      const answered = say(gateway, user, profile, 'Hello');
      await vi.waitUntil(() => this.model.asked.length > asked, SOON);
      this.held.push({ askedAt: performance.now(), answered, release });
    }
  }

  /** Has the model answer one of these, as soon as it has been slow. */
  async answerNext(): Promise<void> {
    const { askedAt, answered, release } = this.held.shift()!;
    await setTimeout(Math.max(0, askedAt + SLOW_MODEL_MS - performance.now()));
    release();
    assertStatus(await answered, 200);
  }

  releaseAll(): void {
    for (const { release } of this.held) release();
  }
}

/** An answer that comes when it is released. */
export function held(): { readonly answer: ModelAnswer; readonly release: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return {
    answer: (response, request) => {
      void promise.then(() => says('Hello.')(response, request));
    },
    release: resolve,
  };
}
