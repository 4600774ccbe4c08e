import { type Input, optional } from './input.js';
import { lineCount } from './value-readers.js';

/** The option `--limit` of a command that lists: how many lines it shows. */
export function lineLimit(byDefault = 50): Input<number> {
  const limit = optional('<count>', `the number of lines; default: ${byDefault}`, lineCount);
  return { ...limit, read: (given) => limit.read(given) ?? byDefault };
}
