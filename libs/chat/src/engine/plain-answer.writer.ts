import { AnswerText } from './answer-text.js';
import type { AnswerWriter } from './answer-writer.js';

/** Takes an answer of which only the text is asked for, at its end. */
export class PlainAnswerWriter implements AnswerWriter {
  readonly answer = new AnswerText();

  text(piece: string): Promise<void> {
    try {
      this.answer.add(piece);
      return DONE;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  toolStarted(): Promise<void> {
    return DONE;
  }

  toolEnded(): Promise<void> {
    return DONE;
  }

  data(): Promise<void> {
    return DONE;
  }

  /** Nothing follows, whether the answer is complete or not. */
  end(): Promise<void> {
    try {
      this.answer.end();
      return DONE;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  pause(): Promise<void> {
    return this.end();
  }
}

const DONE = Promise.resolve();
