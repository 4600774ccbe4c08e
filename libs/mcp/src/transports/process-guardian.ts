import { Logger } from '@nestjs/common';
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';

/** By it a process is known as one that a server has started, whatever group or session it went to. */
const MARK_VARIABLE = 'MCP_GATEWAY_CHILD';

/** When a guardian that ended at once, or could not be started, is replaced: the next may fare no better. Milliseconds. */
const REPLACED_AFTER_MS = 1000;

/**
 * Reads which groups there are, and ends what is left when its input ends: that is when this process is gone, for
 * whatever reason. `sweep` finds by their mark those that left the group. It goes on for a second, as a process that has
 * just been forked has no mark yet.
 */
const SCRIPT = `
trap '' HUP INT TERM
sweep() {
  found=
  for file in $(grep -zxls -- "${MARK_VARIABLE}=$1" /proc/[0-9]*/environ); do
    pid=\${file#/proc/}
    kill -s KILL "\${pid%/environ}" && found=1
  done
  [ "$found" ]
}
groups=
while read -r verb pid mark; do
  case $verb in
    watch) groups="$groups $pid" ;;
    ended)
      kept=
      for group in $groups; do [ "$group" = "$pid" ] || kept="$kept $group"; done
      groups=$kept
      for round in 1 2 3 4 5; do sweep "$mark" || break; done
      ;;
  esac
done
for group in $groups; do kill -s KILL -- "-$group"; done
for round in 1 2 3 4 5 6 7 8 9 10; do sweep "$0-.*"; sleep 0.1; done
`;

/**
 * A process beside this one that ends the servers, and what they started, when this one is killed. It takes a megabyte.
 * On Windows there is none, and without `/proc` it knows groups only.
 */
export class ProcessGuardian {
  private readonly name = randomUUID();
  private readonly logger = new Logger(ProcessGuardian.name);
  private readonly watched = new Map<number, string>();
  private watcher: ChildProcess | undefined;
  private marks = 0;

  /** What is added to the environment of the next server. */
  mark(): { mark: string; environment: Record<string, string> } {
    this.marks += 1;
    const mark = `${this.name}-${this.marks}`;
    return { mark, environment: { [MARK_VARIABLE]: mark } };
  }

  /** To be called before a server is started, so that none is ever alone. */
  stand(): void {
    if (this.watcher || process.platform === 'win32') return;
    const watcher: ChildProcess = spawn('/bin/sh', ['-c', SCRIPT, this.name], {
      env: { PATH: '/usr/bin:/bin' },
      // A session of its own: what ends all processes of this terminal leaves it to its work.
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    const startedAt = performance.now();
    watcher.once('error', () => this.lost(watcher, 0));
    // Where files or processes run out it has no pipes.
    if (watcher.pid === undefined || !watcher.stdin) return;
    this.watcher = watcher;
    watcher.unref();
    (watcher.stdin as typeof watcher.stdin & { unref(): void }).unref();
    watcher.stdin.on('error', () => undefined);
    watcher.once('exit', () => this.lost(watcher, performance.now() - startedAt));
    for (const [pid, mark] of this.watched) this.tell('watch', pid, mark);
  }

  watch(pid: number, mark: string): void {
    this.watched.set(pid, mark);
    this.stand();
    this.tell('watch', pid, mark);
  }

  /** Its leader has ended. What has left the group is ended as well. */
  ended(pid: number, mark: string): void {
    this.watched.delete(pid);
    this.tell('ended', pid, mark);
  }

  private tell(verb: string, pid: number, mark: string): void {
    this.watcher?.stdin?.write(`${verb} ${pid} ${mark}\n`);
  }

  private lost(watcher: ChildProcess, livedMs: number): void {
    if (this.watcher === watcher) this.watcher = undefined;
    this.logger.warn({ event: 'mcp.guardian.ended' });
    if (livedMs > REPLACED_AFTER_MS) this.replace();
    else setTimeout(() => this.replace(), REPLACED_AFTER_MS).unref();
  }

  /** Servers that run are never left alone for long. */
  private replace(): void {
    if (this.watched.size > 0) this.stand();
  }
}
