/**
 * What a terminal, a log or a phone would act on instead of showing: escape sequences, control characters, the
 * characters that reorder text on the screen, and the invisible tag block that hides text from people but not
 * from models. Tabs and line ends stay.
 */
const UNSAFE = new RegExp(
  [
    '\\u001b\\[[0-?]*[ -/]*[@-~]', // CSI: colours, cursor
    '\\u001b\\][^\\u0007\\u001b]*(?:\\u0007|\\u001b\\\\)', // OSC: titles, links
    '\\u001b[@-_]?', // any other escape
    '[\\u0000-\\u0008\\u000b-\\u001f\\u007f-\\u009f]', // C0 and C1
    '[\\u202a-\\u202e\\u2066-\\u2069]', // bidirectional embedding, override, isolate
    '[\\u{e0000}-\\u{e007f}]', // tags
  ].join('|'),
  'gu',
);

/** Makes text of a server fit to be stored, logged and shown. Its meaning is not judged. */
export function cleanText(text: string): string {
  return text.toWellFormed().replace(/\r\n?/g, '\n').replace(UNSAFE, '');
}
