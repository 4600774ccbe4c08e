import { cleanText } from '../results/clean-text.js';

const MAX_LINES = 10;
const MAX_LINE_CHARACTERS = 300;

/** The last lines of an endless output, in bounded memory. */
export class OutputTail {
  private readonly complete: string[] = [];
  private rest = '';

  push(chunk: Buffer): void {
    // Of one chunk only its end can stay.
    const end = chunk.subarray(-MAX_LINES * MAX_LINE_CHARACTERS * 4).toString('utf8');
    const lines = (this.rest + end).split(/\r\n|\n|\r/);
    this.rest = lines.pop()!.slice(0, MAX_LINE_CHARACTERS);
    for (const line of lines) this.keep(line);
  }

  lines(): string[] {
    const all = this.rest.trim() === '' ? this.complete : [...this.complete, cleaned(this.rest)];
    return all.slice(-MAX_LINES);
  }

  private keep(line: string): void {
    if (line.trim() === '') return;
    this.complete.push(cleaned(line));
    if (this.complete.length > MAX_LINES) this.complete.shift();
  }
}

function cleaned(line: string): string {
  return cleanText(line).slice(0, MAX_LINE_CHARACTERS);
}
