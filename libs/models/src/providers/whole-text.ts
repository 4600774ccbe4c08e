/**
 * What a terminal, a database or a phone would act on, or not take at all, instead of showing: control characters but tabs and line ends,
 * characters that reorder text on the screen, and the invisible tag block.
 */
const UNSAFE =
  // eslint-disable-next-line no-control-regex
  /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u202a-\u202e\u2066-\u2069]|[\u{e0000}-\u{e007f}]/gu;

/** The text of a stream in whole characters: some providers cut one in two, which each half does not survive. */
export class WholeText {
  private half = '';

  /** What can be passed on. */
  add(delta: string): string {
    const text = this.half + delta;
    const isCut = isHighSurrogate(text.charCodeAt(text.length - 1));
    this.half = isCut ? text.slice(-1) : '';
    return (isCut ? text.slice(0, -1) : text).toWellFormed().replace(UNSAFE, '');
  }
}

function isHighSurrogate(code: number): boolean {
  return code >= 0xd800 && code <= 0xdbff;
}
