import { type ChildProcess, spawn } from 'node:child_process';
import { join } from 'node:path';

const others: ChildProcess[] = [];
afterEach(() => others.splice(0).forEach((other) => other.kill('SIGKILL')));

/** Another process at the file, such as a backup or a shell. It keeps what the statements take until it is let go. */
export async function holding(
  environment: Readonly<Record<string, string>>,
  ...statements: string[]
) {
  const script = `
    const Database = require('better-sqlite3');
    const database = new Database(process.env.FILE, { timeout: 10_000 });
    for (const statement of JSON.parse(process.env.STATEMENTS)) {
      const prepared = database.prepare(statement);
      if (prepared.reader) prepared.all(); else prepared.run();
    }
    console.log('held');
    process.stdin.once('data', () => { database.close(); process.exit(0); }).once('end', () => process.exit(1));`;
  const child = spawn(process.execPath, ['-e', script], {
    env: {
      PATH: process.env.PATH,
      FILE: join(environment.DATA_DIR!, 'gateway.sqlite'),
      STATEMENTS: JSON.stringify(statements),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  others.push(child);
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  await new Promise<void>((done, fail) => {
    child.stdout.once('data', () => done());
    child.once('exit', (code) => fail(new Error(`it ended with ${code}`)));
  });
  return {
    letGo: async () => {
      child.stdin.end('now');
      expect(await ended).toBe(0);
    },
  };
}
