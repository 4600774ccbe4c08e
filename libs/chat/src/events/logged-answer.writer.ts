import type { CardView } from '../cards/card.view.js';
import { AnswerText } from '../engine/answer-text.js';
import type { AnswerWriter, DataPart, ToolCall, ToolEnd } from '../engine/answer-writer.js';
import { LONGEST_PART, type OpenLog } from './open-log.js';
import { textPartId } from './run-parts.js';
import type { WrittenAnswer } from './written-answer.js';

/** How much of what a tool was given, or gave, is shown. Characters of JSON. */
const LONGEST_VALUE = LONGEST_PART / 2;

/** Takes an answer whose parts are logged as they come. */
export class LoggedAnswerWriter implements AnswerWriter {
  readonly answer = new AnswerText();
  readonly cards: CardView[] = [];
  private textParts: number;
  private isTextOpen = false;

  /** @param written what is in the log of an answer that goes on */
  constructor(
    readonly log: OpenLog,
    written: Pick<WrittenAnswer, 'text' | 'textParts'> = { text: '', textParts: 0 },
  ) {
    this.answer.add(written.text);
    this.textParts = written.textParts;
  }

  async text(piece: string): Promise<void> {
    await this.append(this.answer.add(piece));
  }

  async toolStarted({ callId: toolCallId, title, input }: ToolCall): Promise<void> {
    await this.endText();
    const shown = bounded(input) ?? {};
    const tool = { toolCallId, toolName: title, title, input: shown, dynamic: true } as const;
    await this.log.append({ type: 'tool-input-available', ...tool });
  }

  async toolEnded({ callId: toolCallId, output, failure }: ToolEnd): Promise<void> {
    await this.endText();
    const tool = { toolCallId, dynamic: true } as const;
    if (failure === undefined) {
      const shown = bounded(output) ?? null;
      return this.log.append({ type: 'tool-output-available', ...tool, output: shown });
    }
    const errorText = failure.slice(0, LONGEST_VALUE);
    return this.log.append({ type: 'tool-output-error', ...tool, errorText });
  }

  async data({ name, id, value }: DataPart): Promise<void> {
    if (name === 'card') this.cards.push(value as CardView);
    await this.endText();
    await this.log.append({
      type: `data-${name}`,
      ...(id === undefined ? {} : { id }),
      data: value,
    });
  }

  /** Nothing follows, whether the answer is complete or not. Resolves when all of it is in the log. */
  async end(): Promise<void> {
    await this.append(this.answer.end());
    await this.log.written();
  }

  /** The same before the answer waits. What is said of that belongs to no part of the text. */
  async pause(): Promise<void> {
    await this.append(this.answer.end());
    await this.endText();
    await this.log.written();
  }

  private async append(text: string): Promise<void> {
    if (text === '') return;
    if (!this.isTextOpen) {
      this.isTextOpen = true;
      this.textParts += 1;
      await this.log.append({ type: 'text-start', id: textPartId(this.textParts) });
    }
    await this.log.appendText(textPartId(this.textParts), text);
  }

  private async endText(): Promise<void> {
    if (!this.isTextOpen) return;
    this.isTextOpen = false;
    await this.log.append({ type: 'text-end', id: textPartId(this.textParts) });
  }
}

/** Undefined for what is too long to be shown, or is no JSON. */
function bounded(value: unknown): unknown {
  const json = JSON.stringify(value) as string | undefined;
  return json !== undefined && json.length <= LONGEST_VALUE ? value : undefined;
}
