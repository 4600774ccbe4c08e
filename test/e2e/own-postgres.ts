import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../../libs/mail/src/testing/self-signed.ts';
import { freePort } from './gateway.ts';

/** A server of PostgreSQL that a test may break, with TLS. */
export interface OwnPostgres {
  readonly port: number;
  /** Where its certificate is, and its socket. */
  readonly folder: string;
  /** Changes its settings, and has it read them. */
  configure(...settings: string[]): void;
  stop(): void;
  /** Ends it as a crash would: its connections are cut, and new ones are refused. */
  crash(): Promise<void>;
  /** Starts it again after a crash. */
  start(): Promise<void>;
  /** It accepts connections and answers nothing, or goes on. */
  hang(isHanging: boolean): void;
  /** Runs a program as the user that it runs as. */
  asOwner(program: string, ...words: string[]): void;
}

const BINARIES = '/usr/lib/postgresql';

export async function ownPostgres(): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const [port, { key, cert }] = [await freePort(), selfSigned()];
  const isRoot = userInfo().uid === 0;
  const asked = (words: string[]) =>
    isRoot ? ['runuser', '-u', 'postgres', '--', ...words] : words;
  const asOwner = (...words: string[]) => {
    const [command, ...rest] = asked(words);
    execFileSync(command!, rest, { stdio: 'ignore', cwd: folder });
  };
  if (isRoot) {
    const idOf = (flag: string) => Number(execFileSync('id', [flag, 'postgres']));
    chownSync(folder, idOf('-u'), idOf('-g'));
  }
  chmodSync(folder, 0o755);
  const release = readdirSync(BINARIES)
    .sort((a, b) => Number(a) - Number(b))
    .at(-1);
  const binary = (name: string) => join(BINARIES, release!, 'bin', name);
  const data = join(folder, 'data');
  asOwner(binary('initdb'), '-D', data, '-U', 'postgres', '-A', 'trust', '--no-sync');
  writeFileSync(join(folder, 'server.crt'), cert, { mode: 0o644 });
  writeFileSync(join(folder, 'server.key'), key, { mode: 0o644 });
  asOwner('sh', '-c', `cp server.key server.crt ${data} && chmod 600 ${data}/server.key`);
  appendFileSync(join(data, 'postgresql.conf'), 'ssl = on\nfsync = off\n');
  const settings = `-c listen_addresses=127.0.0.1,127.0.0.2 -p ${port} -k ${folder}`;
  const control = [binary('pg_ctl'), '-D', data];
  const start = [...control, '-w', '-l', join(folder, 'log'), '-o', settings, 'start'];
  const crash = [...control, '-m', 'immediate', 'stop'];
  const meanwhile = async (words: string[]) => {
    const [command, ...rest] = asked(words);
    const child = spawn(command!, rest, { stdio: 'ignore', cwd: folder });
    const [code] = (await once(child, 'exit')) as [number | null];
    if (code !== 0) throw new Error(`${words.join(' ')}: ${String(code)}`);
  };
  asOwner(...start);
  return {
    port,
    folder,
    asOwner,
    start: () => meanwhile(start),
    crash: () => meanwhile(crash),
    hang: (isHanging) => signalAll(data, isHanging ? 'SIGSTOP' : 'SIGCONT'),
    stop: () => {
      if (existsSync(join(data, 'postmaster.pid'))) {
        signalAll(data, 'SIGCONT');
        asOwner(...crash);
      }
      rmSync(folder, { recursive: true, force: true });
    },
    configure: (...all) => {
      const commands = all.flatMap((setting) => ['-c', setting]);
      asOwner(binary('psql'), '-h', folder, '-p', String(port), '-U', 'postgres', ...commands);
      asOwner(...control, 'reload');
    },
  };
}

/** The server first, so that it starts no other process meanwhile. */
function signalAll(data: string, signal: NodeJS.Signals): void {
  const [pid] = readFileSync(join(data, 'postmaster.pid'), 'utf8').split('\n');
  process.kill(Number(pid), signal);
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8');
  for (const child of children.split(' ').filter(Boolean)) {
    try {
      process.kill(Number(child), signal);
    } catch {
      // It has ended meanwhile.
    }
  }
}
