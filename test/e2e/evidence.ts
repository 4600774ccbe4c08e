import { appendFileSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** Where the suite keeps what its gateways logged, and what must not be found in it. */
export const EVIDENCE_DIR = '.e2e';

const secretsFile = () => join(EVIDENCE_DIR, `${process.pid}.secrets`);

/** Shorter texts would be found by accident: in an id, a route or a message. */
const SHORTEST = 10;

/** What a server answers that tells the time: a line of any log can be written in the same millisecond. */
const TIME = /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/;

const seen = new Set<string>();

/** Notes a password, token or message: it must not appear in any log. */
export function isSecret(value: unknown): void {
  if (typeof value !== 'string' || value.length < SHORTEST || seen.has(value)) return;
  if (TIME.test(value)) return;
  seen.add(value);
  appendFileSync(secretsFile(), `${JSON.stringify(value)}\n`);
}

export function logFile(name: string): string {
  return join(EVIDENCE_DIR, `${process.pid}-${name}.log`);
}

/** Looks for each secret, and for anything like an e-mail address or a phone number, in each line. */
export function leaksIn(folder: string): { leaks: string[]; lines: number; secrets: number } {
  const read = (ending: string) =>
    readdirSync(folder)
      .filter((name) => name.endsWith(ending))
      .flatMap((name) => readFileSync(join(folder, name), 'utf8').split('\n'))
      .filter((line) => line !== '');
  const secrets = [...new Set(read('.secrets').map((line) => JSON.parse(line) as string))];
  const lines = read('.log');
  const leaks = found(
    secrets.flatMap((secret) => [secret, JSON.stringify(secret).slice(1, -1)]),
    lines.join('\n'),
  ).map((secret) => `a secret that begins with ${JSON.stringify(secret.slice(0, 8))}`);
  for (const line of lines) {
    if (EMAIL.test(line) || PHONE.test(line)) leaks.push(`personal data in: ${line.slice(0, 300)}`);
  }
  return { leaks, lines: lines.length, secrets: secrets.length };
}

/** Which of these texts occur in another one. To look for each of them alone would take minutes. */
function found(texts: readonly string[], within: string): string[] {
  const byBeginning = Map.groupBy(new Set(texts), (text) => text.slice(0, SHORTEST));
  const result = new Set<string>();
  for (let at = 0; at + SHORTEST <= within.length; at += 1) {
    for (const text of byBeginning.get(within.slice(at, at + SHORTEST)) ?? [])
      if (within.startsWith(text, at)) result.add(text);
  }
  return [...result];
}

const EMAIL = /[\p{L}\p{N}._%+-]+@[\p{L}\p{N}-]+\.[\p{L}\p{N}.-]*\p{L}{2,}/u;
const PHONE = /\+\d{1,3}[ \d]{8,}/;
