import { QUOTES } from './quotes.js';
import { BLANKS, matchName, SLASHES, trimTyped, visibleName } from './typed-text.js';

/** A message that begins with a slash: the name of a tool, and what is written behind it. */
export interface Command {
  readonly name: string;
  readonly input: string;
}

/** What a person wrote cannot be understood; the message tells them how to write it. */
export class UnreadableCommandError extends Error {
  override readonly name = 'UnreadableCommandError';
}

const BEGINNING = new RegExp(`^${BLANKS}*${SLASHES}${BLANKS}*`, 'u');
const WORD = /^[^\s\u2800]*/u;
const PUNCTUATION = '.,:;!?\u2026\u3002\uff0c\uff1a';

/** What can only be the beginning of arguments. */
const ATTACHED = new RegExp(`[{[#\uff5b\uff03${QUOTES}]`, 'u');

/**
 * Every message that begins with a slash is a command, however a keyboard writes the slash, and be there a tool of
 * that name or not: it is never a text for the default tool. A lone slash is a command without a name.
 */
export function parseCommand(message: string): Command | undefined {
  const beginning = BEGINNING.exec(message)?.[0];
  if (beginning === undefined) return undefined;
  const rest = message.slice(beginning.length);
  const [word] = WORD.exec(rest)!;
  return { name: visibleName(word), input: trimTyped(rest.slice(word.length)) };
}

/** The command with the name as it is among the given ones; undefined if it means none of them, or several. */
export function resolveCommand(command: Command, names: readonly string[]): Command | undefined {
  for (const { name, input } of readings(command)) {
    const match = matchName(name, names);
    if (match !== undefined) return { name: match, input };
  }
  return undefined;
}

/** As it stands, then without what chats and keyboards add to a name, then with what is written close behind it. */
function* readings({ name, input }: Command): Generator<Command> {
  yield { name, input };
  const [bare] = /^[^@\uff20]*/.exec(name)!;
  yield { name: bare, input };
  yield { name: withoutPunctuation(bare), input };
  const end = name.search(ATTACHED);
  if (end > 0) yield { name: name.slice(0, end), input: `${name.slice(end)} ${input}`.trim() };
}

/** Two spaces make a full stop on many phones. */
function withoutPunctuation(name: string): string {
  let end = name.length;
  while (end > 0 && PUNCTUATION.includes(name[end - 1]!)) end -= 1;
  return name.slice(0, end);
}
