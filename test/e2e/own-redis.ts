import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { freePort } from './gateway.ts';

/** A Redis that a test may break. It keeps nothing on the disk: after a restart it is empty. */
export interface OwnRedis {
  readonly url: string;
  start(): Promise<void>;
  /** Ends it as a crash would. */
  crash(): Promise<void>;
  /** It accepts connections and answers nothing, or goes on. */
  hang(isHanging: boolean): void;
  stop(): Promise<void>;
}

const POLL_MS = 20;

export async function ownRedis(): Promise<OwnRedis> {
  const folder = mkdtempSync(join(tmpdir(), 'redis-'));
  const port = await freePort();
  const options = ['--port', String(port), '--bind', '127.0.0.1', '--save', '', '--dir', folder];
  let server: ChildProcess | undefined;
  const start = async () => {
    server = spawn('redis-server', options, { stdio: 'ignore' });
    while (!(await accepts(port))) await setTimeout(POLL_MS);
  };
  const crash = async () => {
    if (!server || server.exitCode !== null || server.signalCode !== null) return;
    const ended = once(server, 'exit');
    server.kill('SIGKILL');
    await ended;
  };
  await start();
  return {
    url: `redis://127.0.0.1:${port}`,
    start,
    crash,
    hang: (isHanging) => void server!.kill(isHanging ? 'SIGSTOP' : 'SIGCONT'),
    stop: async () => {
      await crash();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function accepts(port: number): Promise<boolean> {
  const socket = connect(port, '127.0.0.1');
  return new Promise<boolean>((resolve) => {
    socket.once('connect', () => resolve(true)).once('error', () => resolve(false));
  }).finally(() => socket.destroy());
}
