import type { Load } from './load.ts';
import type { LoginThroughput } from './login-throughput.ts';
import type { LoginTimes } from './login-times.ts';

/** The gateway and what it is measured against, one right after the other. */
export interface Round {
  readonly peer: Load;
  readonly gateway: Load;
}

export interface Measurements {
  /** Against the bare server. */
  readonly rounds: readonly Round[];
  /** After many requests, against one that has only warmed up. */
  readonly wear: readonly Round[];
  /** Milliseconds. */
  readonly coldStarts: readonly number[];
  readonly loginTimes: LoginTimes;
  readonly loginThroughput: LoginThroughput;
  readonly machine: string;
  readonly isPinned: boolean;
  readonly longRun: number;
}

/** What must hold: see the table for what each means. */
const LEAST_RATIO = 1.0;
const LEAST_STEADINESS = 0.95;
const LONGEST_COLD_START = 1500;
const LARGEST_TELL = 0.05;
const LEAST_LOGIN_RATIO = 0.95;
const LARGEST_SLOWDOWN = 5;

/** The page for docs/, and the bars that were missed. */
export function report(measured: Measurements): { text: string; missed: string[] } {
  const { rounds, wear, coldStarts, longRun } = measured;
  const bare = median(rounds.map((round) => round.peer.requestsPerSecond));
  const gateway = median(rounds.map((round) => round.gateway.requestsPerSecond));
  const ratio = median(rounds.map(ratioOf));
  const steadiness = median(wear.map(ratioOf));
  const coldStart = median(coldStarts);
  const tell = median(measured.loginTimes.unknownUser) / median(measured.loginTimes.wrongPassword);
  const { rounds: loginRounds, idleP99, busyP99 } = measured.loginThroughput;
  const bcryptAlone = mean(loginRounds.map((round) => round.bcryptAlone));
  const loginRatio = mean(loginRounds.map((round) => round.logins)) / bcryptAlone;
  const slowdown = busyP99 / idleP99;
  const rows = [
    ['Bare Fastify with `jsonwebtoken`', `${whole(bare)} requests/s`, ''],
    ['Gateway, all policies on', `${whole(gateway)} requests/s`, ''],
    ['Gateway ÷ bare', ratio.toFixed(2), `≥ ${LEAST_RATIO.toFixed(1)}`],
    [
      `Gateway after ${longRun.toLocaleString('en')} more requests ÷ one that has just started`,
      steadiness.toFixed(2),
      `≥ ${LEAST_STEADINESS}`,
    ],
    ['Gateway, 99th percentile', `${median(rounds.map((r) => r.gateway.p99))} ms`, ''],
    ['Bare, 99th percentile', `${median(rounds.map((r) => r.peer.p99))} ms`, ''],
    [
      'Cold start to the first answer, database there',
      `${whole(coldStart)} ms`,
      `≤ ${whole(LONGEST_COLD_START)} ms`,
    ],
    [
      'Login of an unknown user ÷ with a wrong password, time',
      tell.toFixed(3),
      `1 ± ${LARGEST_TELL}`,
    ],
    ['bcrypt alone, on the cores of the server', `${bcryptAlone.toFixed(1)} hashes/s`, ''],
    ['Logins ÷ bcrypt alone', loginRatio.toFixed(2), `≥ ${LEAST_LOGIN_RATIO}`],
    ['A read when nothing else is asked, 99th percentile', `${idleP99.toFixed(1)} ms`, ''],
    [
      'The same during these logins ÷ idle',
      `${slowdown.toFixed(1)} (${busyP99.toFixed(1)} ms)`,
      `< ${LARGEST_SLOWDOWN}`,
    ],
  ];
  const missed = [
    ...(ratio < LEAST_RATIO ? ['throughput against the bare server'] : []),
    ...(steadiness < LEAST_STEADINESS ? ['throughput after many requests'] : []),
    ...(coldStart > LONGEST_COLD_START ? ['cold start'] : []),
    ...(Math.abs(tell - 1) > LARGEST_TELL ? ['the time of a login tells who exists'] : []),
    ...(loginRatio < LEAST_LOGIN_RATIO ? ['throughput of logins against bcrypt'] : []),
    ...(slowdown >= LARGEST_SLOWDOWN ? ['other requests wait for logins'] : []),
  ];
  return { text: page(measured, rows), missed };
}

function page(
  { machine, isPinned, rounds, coldStarts, loginThroughput }: Measurements,
  rows: string[][],
): string {
  const cores = isPinned ? 'server on core 0, load on core 1' : 'not pinned: `taskset` is missing';
  return `# Benchmarks

\`npm run bench\` measures and rewrites this page. It takes about eight minutes on an otherwise idle
machine with two cores, and fails if a bar is missed.

An authenticated \`GET /api/profiles\` goes to the built gateway in production mode with all policies on: headers,
CORS, both throttlers (limits raised, still counted), token, session, envelope, log. The peer is a Fastify server
that does nothing but verify the token with \`jsonwebtoken\` on each request and send the same bytes. Both are asked
in turn, over 32 connections; numbers are medians of ${rounds.length} rounds, of ${coldStarts.length} starts for the cold start.

Logins, of eight phones that their owners have signed in on before, take turns with a process that does nothing but
bcrypt, at the same cost and on the same core; numbers are means of ${loginThroughput.rounds.length} rounds. Ten times a second somebody reads.

Last run: ${machine}; ${cores}.

| what | measured | bar |
| --- | --- | --- |
${rows.map((row) => `| ${row.join(' | ')} |`).join('\n')}
`;
}

function ratioOf({ peer, gateway }: Round): number {
  return gateway.requestsPerSecond / peer.requestsPerSecond;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)]!;
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function whole(value: number): string {
  return Math.round(value).toLocaleString('en');
}
