import type { CardView } from '../cards/card.view.js';
import type { AnswerText } from '../engine/answer-text.js';
import type { AnswerWriter, DataPart, ToolCall, ToolEnd } from '../engine/answer-writer.js';
import { PlainAnswerWriter } from '../engine/plain-answer.writer.js';
import { cardPart } from '../engine/told-result.js';
import { LoggedAnswerWriter } from './logged-answer.writer.js';
import type { OpenLog } from './open-log.js';

/**
 * Takes an answer of which only the text is asked for, unless the person has to be asked something in between: from then
 * on its parts are logged, with those before.
 */
export class LateAnswerWriter implements AnswerWriter {
  private writer: PlainAnswerWriter | LoggedAnswerWriter = new PlainAnswerWriter();

  /** @param begin opens the log of the run; from that time the log is deleted together with the run */
  constructor(private readonly begin: () => Promise<OpenLog>) {}

  get answer(): AnswerText {
    return this.writer.answer;
  }

  get cards(): readonly CardView[] {
    return this.writer.cards;
  }

  get log(): OpenLog | undefined {
    return this.writer instanceof LoggedAnswerWriter ? this.writer.log : undefined;
  }

  text(piece: string): Promise<void> {
    return this.writer.text(piece);
  }

  toolStarted(call: ToolCall): Promise<void> {
    return this.writer.toolStarted(call);
  }

  toolEnded(end: ToolEnd): Promise<void> {
    return this.writer.toolEnded(end);
  }

  data(part: DataPart): Promise<void> {
    return this.writer.data(part);
  }

  end(): Promise<void> {
    return this.writer.end();
  }

  /** Before the person is asked. */
  async pause(): Promise<void> {
    if (this.writer instanceof PlainAnswerWriter) {
      const { answer, cards, openCalls } = this.writer;
      this.writer = new LoggedAnswerWriter(await this.begin());
      await this.writer.text(answer.whole);
      for (const card of cards) await this.writer.data(cardPart(card));
      for (const call of openCalls.values()) await this.writer.toolStarted(call);
    }
    await this.writer.pause();
  }
}
