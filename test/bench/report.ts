import { cpus, totalmem } from 'node:os';
import type { Database } from './harness/databases.ts';
import type { Row } from './harness/row.ts';
import { isPinned } from './harness/servers.ts';

/** What one scenario has measured. */
export interface Section {
  readonly title: string;
  readonly about: string;
  readonly results: readonly Result[];
}

interface Result {
  readonly database: Database['name'];
  readonly rows: readonly Row[];
}

const GIGABYTE = 1024 ** 3;

/** The page for docs/. */
export function page(sections: readonly Section[]): string {
  return `# Benchmarks

\`npm run bench\` measures and rewrites this page, and fails if a bar is missed. It takes about 15 minutes on an otherwise
idle Linux machine with two cores. \`npm run bench -- throughput wear\` measures a part and leaves the page as it is.
PostgreSQL is measured where \`E2E_DATABASE_URL\` names one or one answers on this machine; Redis likewise by
\`E2E_REDIS_URL\`.

The built gateway runs in production mode. CPU time is what the kernel has accounted to all threads of the process
(utime and stime of \`/proc/PID/stat\`) over a fixed number of requests, divided by that number. What is compared is
measured in turn, every other round in the opposite order; numbers are medians, and in brackets between which values the
middle half of the rounds lies.

Last run: ${machine()}.
${sections.map((section) => `\n${tableOf(section)}`).join('')}`;
}

/** One line for each thing that was measured, one column for each database. */
export function tableOf({ title, about, results }: Section): string {
  const databases = results.map(({ database }) => database);
  const names = [...new Set(results.flatMap(({ rows }) => rows.map(({ what }) => what)))];
  const lines = names.map((what) => {
    const found = results.map(({ rows }) => rows.find((row) => row.what === what));
    const bar = found.find((row) => row)?.bar ?? '';
    return [what, ...found.map((row) => cellOf(row)), bar];
  });
  const table = [
    ['what', ...databases, 'bar'],
    ['---', ...databases.map(() => '---'), '---'],
    ...lines,
  ];
  return `## ${title}\n\n${about}\n\n${table.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}\n`;
}

function cellOf(row: Row | undefined): string {
  if (!row) return '';
  return row.met ? row.measured : `**${row.measured}: missed**`;
}

function machine(): string {
  const cores = cpus();
  const memory = `${Math.round(totalmem() / GIGABYTE)} GB of memory`;
  const placement = isPinned
    ? 'server on core 0, load on core 1'
    : 'not pinned, as `taskset` is missing';
  return `${cores.length} × ${cores[0]?.model.trim()}, ${memory}, Node.js ${process.version}; ${placement}`;
}
