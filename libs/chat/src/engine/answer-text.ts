import { ChatError } from '../chat.error.js';

/** The longest answer: as long as the largest result that a profile may allow. Bytes of UTF-8. */
export const MAX_ANSWER_BYTES = 1024 * 1024;

const HIGH_SURROGATE_AT_END = /[\ud800-\udbff]$/;

/**
 * The text of an answer, piece by piece. Each piece comes out as it can be sent and stored by itself: a character is
 * never divided between two, and what no database or encoding takes becomes U+FFFD. So the pieces that were sent and
 * the whole that is stored are the same.
 */
export class AnswerText {
  private readonly pieces: string[] = [];
  private bytes = 0;
  /** The first half of a character whose second half is to come. */
  private half = '';

  get whole(): string {
    return this.pieces.join('');
  }

  /**
   * Returns what can be sent of the piece and of what was held back before; perhaps nothing.
   *
   * @throws ChatError `answer_too_large`: what was there before stays
   */
  add(piece: string): string {
    const text = this.half + piece;
    this.half = HIGH_SURROGATE_AT_END.exec(text)?.[0] ?? '';
    return this.keep(this.half === '' ? text : text.slice(0, -1));
  }

  /** Returns what was held back. Nothing is added afterwards. */
  end(): string {
    const { half } = this;
    this.half = '';
    return this.keep(half);
  }

  private keep(text: string): string {
    const sendable = text.toWellFormed().replaceAll('\0', '\ufffd');
    if (sendable === '') return '';
    const bytes = this.bytes + Buffer.byteLength(sendable);
    if (bytes > MAX_ANSWER_BYTES) throw ChatError.answerTooLarge();
    this.bytes = bytes;
    this.pieces.push(sendable);
    return sendable;
  }
}
