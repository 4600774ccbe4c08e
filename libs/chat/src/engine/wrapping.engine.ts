import type { Profile } from '../profiles/profile.js';
import type { AnswerWriter } from './answer-writer.js';
import type { AnswerEnd, Engine, PersonWords, Turn } from './engine.js';

/** Stands before another engine, which it is like in all that it does not do itself. */
export abstract class WrappingEngine implements Engine {
  constructor(protected readonly inner: Engine) {}

  get asksModel(): boolean {
    return this.inner.asksModel;
  }

  answersInParts(profile: Profile): boolean {
    return this.inner.answersInParts(profile);
  }

  seconds(profile: Profile): number {
    return this.inner.seconds(profile);
  }

  answer(turn: Turn, writer: AnswerWriter): Promise<AnswerEnd> {
    return this.inner.answer(turn, writer);
  }

  resume(turn: Turn, writer: AnswerWriter, state: unknown, words: PersonWords): Promise<AnswerEnd> {
    return this.inner.resume(turn, writer, state, words);
  }
}
