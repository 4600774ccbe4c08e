import { createInterface } from 'node:readline/promises';
import { Writable } from 'node:stream';

/**
 * A password that is not echoed: typed at a terminal without being shown, or the first line of standard input. Never an
 * argument, which every user of the machine could read.
 */
export async function readPassword(): Promise<string> {
  const isTerminal = process.stdin.isTTY;
  const nowhere = new Writable({ write: (_chunk, _encoding, done) => done() });
  const reader = createInterface({ input: process.stdin, output: nowhere, terminal: isTerminal });
  try {
    if (isTerminal) process.stderr.write('Password: ');
    for await (const line of reader) return line;
    return '';
  } finally {
    if (isTerminal) process.stderr.write('\n');
    reader.close();
  }
}
