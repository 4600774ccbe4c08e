import type { CardView } from '../cards/card.view.js';
import { AnswerText } from './answer-text.js';
import type { AnswerWriter, DataPart, ToolCall, ToolEnd } from './answer-writer.js';

/** Takes an answer of which only the text and the cards are asked for, at its end. */
export class PlainAnswerWriter implements AnswerWriter {
  readonly answer = new AnswerText();
  /** The tools at work. */
  readonly openCalls = new Map<string, ToolCall>();
  readonly cards: CardView[] = [];

  text(piece: string): Promise<void> {
    try {
      this.answer.add(piece);
      return DONE;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  toolStarted(call: ToolCall): Promise<void> {
    this.openCalls.set(call.callId, call);
    return DONE;
  }

  toolEnded({ callId }: ToolEnd): Promise<void> {
    this.openCalls.delete(callId);
    return DONE;
  }

  data({ name, value }: DataPart): Promise<void> {
    if (name === 'card') this.cards.push(value as CardView);
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
