import { execFileSync } from 'node:child_process';
import {
  appendFileSync,
  chmodSync,
  chownSync,
  mkdtempSync,
  readdirSync,
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
  /** Runs a program as the user that it runs as. */
  asOwner(program: string, ...words: string[]): void;
}

const BINARIES = '/usr/lib/postgresql';

export async function ownPostgres(): Promise<OwnPostgres> {
  const folder = mkdtempSync(join(tmpdir(), 'postgres-'));
  const [port, { key, cert }] = [await freePort(), selfSigned()];
  const isRoot = userInfo().uid === 0;
  const asOwner = (program: string, ...words: string[]) => {
    const [command, ...rest] = isRoot
      ? ['runuser', '-u', 'postgres', '--', program, ...words]
      : [program, ...words];
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
  asOwner(binary('pg_ctl'), '-D', data, '-w', '-l', join(folder, 'log'), '-o', settings, 'start');
  return {
    port,
    folder,
    asOwner,
    stop: () => {
      asOwner(binary('pg_ctl'), '-D', data, '-m', 'immediate', 'stop');
      rmSync(folder, { recursive: true, force: true });
    },
    configure: (...all) => {
      const commands = all.flatMap((setting) => ['-c', setting]);
      asOwner(binary('psql'), '-h', folder, '-p', String(port), '-U', 'postgres', ...commands);
      asOwner(binary('pg_ctl'), '-D', data, 'reload');
    },
  };
}
