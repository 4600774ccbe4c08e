import type { ChildProcess } from 'node:child_process';
import type { ProcessGuardian } from './process-guardian.js';

/** Time between closing a child's standard input, SIGTERM, and SIGKILL. Milliseconds. */
const TERM_AFTER_MS = 300;
const KILL_AFTER_MS = 1500;

const running = new Set<ChildProcess>();
let guarded = false;

/**
 * Each child leads a process group of its own, so that what it started (a launcher such as `npx` starts the real
 * server) ends with it. The groups left when this process exits without an orderly shutdown are killed then, and what
 * is left when it is killed itself by its guardian.
 */
export function guardProcessGroup(
  child: ChildProcess,
  guardian: Pick<ProcessGuardian, 'watch' | 'ended'>,
  mark: string,
): void {
  const { pid } = child;
  if (pid === undefined) return;
  running.add(child);
  guardian.watch(pid, mark);
  child.once('exit', () => {
    // The leader is gone; whatever it left behind holds its pipes.
    signalGroup(child, 'SIGKILL');
    running.delete(child);
    guardian.ended(pid, mark);
  });
  if (guarded) return;
  guarded = true;
  process.once('exit', () => {
    for (const orphan of running) signalGroup(orphan, 'SIGKILL');
  });
}

/** Asks politely, then ends it. Returns at once. */
export function endProcessGroup(child: ChildProcess): void {
  child.stdin?.end();
  const term = setTimeout(() => signalGroup(child, 'SIGTERM'), TERM_AFTER_MS).unref();
  const kill = setTimeout(() => signalGroup(child, 'SIGKILL'), KILL_AFTER_MS).unref();
  child.once('exit', () => {
    clearTimeout(term);
    clearTimeout(kill);
  });
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return;
  try {
    if (process.platform === 'win32') child.kill(signal);
    else process.kill(-child.pid, signal);
  } catch {
    // The group has no process left.
  }
}
