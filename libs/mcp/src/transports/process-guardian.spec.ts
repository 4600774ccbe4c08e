import { Logger } from '@nestjs/common';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { aHostileServer, isAlive } from '../testing/mcp-target.factory.js';
import { ProcessGuardian } from './process-guardian.js';
import { StdioTransport } from './stdio.transport.js';

/** Node runs the TypeScript as it is, but for the names of its files. */
const program = (body: string) => [
  '--no-warnings',
  '--experimental-transform-types',
  '--input-type=module',
  '-e',
  `
  import { registerHooks } from 'node:module';
  registerHooks({ resolve: (name, context, next) => {
    try { return next(name, context); } catch { return next(name.replace(/\\.js$/, '.ts'), context); }
  } });
  const { StdioTransport } = await import('${new URL('stdio.transport.ts', import.meta.url).href}');
  ${body}
`,
];

/** A process that starts a server, and then is killed. */
const parent = (run: object) =>
  program(`
  await new StdioTransport(${JSON.stringify(run)}).start();
  console.log('started');
  setInterval(() => undefined, 1000);
`);

/** A process that starts a server when it has no file left to open. */
const FULL = program(`
  const { openSync } = await import('node:fs');
  const run = { command: '/bin/cat', args: [], env: {} };
  try { for (;;) openSync('/dev/null'); } catch {}
  const error = await new StdioTransport(run).start().catch((failure) => failure);
  console.log(error.code, error.details.reason);
  process.exit();
`);

describe('ProcessGuardian', () => {
  vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  let folder: string;
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'guardian-'))));
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  const clinging = (name: string) => {
    const file = join(folder, name);
    const server = aHostileServer('clings', { argument: file });
    if (!('command' in server)) throw new Error('It has a command');
    const run = { command: server.command, args: server.args ?? [], env: {} };
    const pids = () => readFileSync(file, 'utf8').trim().split('\n').map(Number);
    return { run, pids };
  };
  const untilAllRun = (pids: () => number[]) =>
    vi.waitFor(() => expect(pids().map(isAlive)).toEqual([true, true, true]), 20_000);

  it('ends a server, its children and those that left, when this process is killed: five times', async () => {
    for (const name of ['a', 'b', 'c', 'd', 'e']) {
      const { run, pids } = clinging(name);
      const doomed = spawn(process.execPath, parent(run), {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      await once(doomed.stdout, 'data');
      await untilAllRun(pids);
      doomed.kill('SIGKILL');
      await vi.waitFor(() => expect(pids().map(isAlive)).toEqual([false, false, false]), 20_000);
    }
  });

  it('ends what has left the group of a server that is closed', async () => {
    const { run, pids } = clinging('closed');
    const transport = new StdioTransport(run);
    await transport.start();
    await untilAllRun(pids);
    await transport.close();
    await vi.waitFor(() => expect(pids().map(isAlive)).toEqual([false, false, false]), 20_000);
  });

  it('is replaced while there is a server, when it is killed and when it is killed again at once', async () => {
    const server = spawn('/bin/sleep', ['600'], { detached: true, stdio: 'ignore' });
    const guardian = new ProcessGuardian();
    const { mark } = guardian.mark();
    const guardians = () => runningWith(mark.slice(0, mark.lastIndexOf('-')));
    const untilAnother = (before: number[]) =>
      vi.waitFor(() => {
        const [pid, ...more] = guardians();
        expect(more).toEqual([]);
        expect(before).not.toContain(pid ?? before[0]);
        return pid!;
      }, 20_000);
    try {
      guardian.watch(server.pid!, mark);
      const killed = [await untilAnother([0])];
      for (let times = 0; times < 2; times += 1) {
        endIfAlive(killed.at(-1)!);
        killed.push(await untilAnother(killed));
      }
    } finally {
      guardian.ended(server.pid!, mark);
      server.kill('SIGKILL');
      for (const pid of guardians()) endIfAlive(pid);
    }
  });

  it('is no reason to end this process, nor is a server, when no file can be opened any more', async () => {
    const limited = spawn(
      '/bin/sh',
      ['-c', 'ulimit -n 128; exec "$0" "$@"', process.execPath, ...FULL],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let said = '';
    limited.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await once(limited, 'close');
    expect(said).toContain('mcp_unavailable EMFILE');
  });
});

/** The processes whose last argument it is. */
/** A guardian forks for what it looks for: what was just listed may have ended. */
function endIfAlive(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ESRCH') throw error;
  }
}

function runningWith(argument: string): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => {
      if (!pid || !isAlive(pid)) return false;
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'utf8').endsWith(`\0${argument}\0`);
      } catch {
        return false;
      }
    });
}
