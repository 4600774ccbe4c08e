import { writeFileSync } from 'node:fs';
import { audit } from './audit.ts';
import { auditSize } from './audit-size.ts';
import { backups } from './backups.ts';
import { blocks } from './blocks.ts';
import { bridges } from './bridges.ts';
import { deletions } from './deletions.ts';
import { effects } from './effects.ts';
import { exports } from './exports.ts';
import { floods } from './floods.ts';
import { availableDatabases, cleanUp, type Database, SQLITE } from './harness/databases.ts';
import type { Row } from './harness/row.ts';
import { page, type Section, tableOf } from './report.ts';
import { chats } from './chats.ts';
import { mcpMemory } from './mcp-memory.ts';
import { models } from './models.ts';
import { redis } from './redis.ts';
import { searches } from './searches.ts';
import { signIns } from './sign-ins.ts';
import { start } from './start.ts';
import { streams } from './streams.ts';
import { switches } from './switches.ts';
import { throughput } from './throughput.ts';
import { tracing } from './tracing.ts';
import { wear } from './wear.ts';

/** What can be measured by itself: `npm run bench -- NAME…`. */
interface Scenario {
  readonly name: string;
  /** The heading of its rows. */
  readonly title: string;
  /** What is measured, and how, in a sentence or two above the rows. */
  readonly about: string;
  readonly run: (database: Database) => Promise<Row[]>;
  /** Whether the database makes no difference: then it runs on SQLite only. */
  readonly isOnSqliteOnly?: boolean;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: 'start',
    title: 'The start',
    about:
      'From the start of the process to the first answer of `/health`, and the memory that the process holds when it has ' +
      'had nothing to do for a while.',
    run: start,
    isOnSqliteOnly: true,
  },
  {
    name: 'throughput',
    title: 'An authenticated read',
    about:
      '`GET /api/profiles` with headers, both throttlers (limits raised, still counted), token, session, envelope and ' +
      'log, in turn with two Fastify servers that check the token and send the same bytes.',
    run: throughput,
    isOnSqliteOnly: true,
  },
  {
    name: 'wear',
    title: 'Wear',
    about:
      'The same read, of a process that has answered many, in turn with one that has just warmed up.',
    run: wear,
    isOnSqliteOnly: true,
  },
  {
    name: 'chats',
    title: 'Chats',
    about:
      'A message that `echo` of an MCP server in a process of its own answers, stored with its answer and recorded. The ' +
      'CPU time is of the gateway alone. Statements are counted without those that only begin or end transactions. Each of ' +
      'the 64 phones has an address of its own.',
    run: chats,
  },
  {
    name: 'mcp-memory',
    title: 'Memory over many calls',
    about:
      'The resident memory of the process while 16 phones have `echo` of an MCP server called, each time after a collection ' +
      'that gives free pages back to the system. Under load it is up to twice that: V8 keeps the pages of its young generation.',
    run: mcpMemory,
    isOnSqliteOnly: true,
  },
  {
    name: 'streams',
    title: 'Open streams',
    about:
      '5,000 connections to one process, each with the stream of an answer that is waited for. Then all runs end at once. ' +
      'Memory and heap are those that the streams beyond the first 200 take, the heap after a collection.',
    run: streams,
  },
  {
    name: 'tracing',
    title: 'Tracing',
    about:
      'The start, and the same chats, of a gateway that exports every trace to a collector on the core of the load, in turn ' +
      'with one that has no collector.',
    run: tracing,
    isOnSqliteOnly: true,
  },
  {
    name: 'models',
    title: 'Answers of a model',
    about:
      'Streamed answers of a model server on the core of the load, through the gateway in turn with the same question asked ' +
      'without it. At once, 50 answers of 600 tokens are streamed, each at 100 tokens per second.',
    run: models,
  },
  {
    name: 'bridges',
    title: 'Beside bridges',
    about:
      'The same call of a tool of an MCP server in a process of its own, one after the other: through programs that pass it ' +
      'on over HTTP, and as a chat of the gateway, which checks, stores and records it.',
    run: bridges,
  },
  {
    name: 'blocks',
    title: 'Blocked networks',
    about:
      '`/health`, each request from another address behind a proxy, of a gateway with 100,000 blocks in turn with one that ' +
      'has none.',
    run: blocks,
    isOnSqliteOnly: true,
  },
  {
    name: 'switches',
    title: 'Switches',
    about:
      '`GET /api/profiles` of a gateway with 10,000 accounts and devices switched off in turn with one that has none: each ' +
      'call asks for its account and its device.',
    run: switches,
    isOnSqliteOnly: true,
  },
  {
    name: 'effects',
    title: 'From one instance to another',
    about:
      'Two gateways on one database. An operator changes something on one of them, and the other one is asked every 10 ms: ' +
      'the time from the answer of the first to the first call that the other one answers accordingly, as a median and at ' +
      'most, of five each.',
    run: effects,
  },
  {
    name: 'audit',
    title: 'The audit trail',
    about:
      '`POST /api/me/consents` of 8 phones at once, each recorded, of a gateway in turn with one whose records get no places ' +
      'in the chain.',
    run: audit,
  },
  {
    name: 'audit-size',
    title: 'A long audit trail',
    about:
      'Of 400,000 records, or `BENCH_AUDIT_RECORDS`, that a release before the chain has left. Meanwhile a phone calls ' +
      '`POST /api/me/consents` every 10 ms, and its calls are recorded; the command and the gateway share one core. The ' +
      'memory is the most that the process of the command ever had resident, by the kernel.',
    run: auditSize,
  },
  {
    name: 'backups',
    title: 'Backups',
    about:
      'Of a system with notes: 100 MB of them, and 1,000 MB, or `BENCH_BACKUP_MB`. The speed is that of the larger size, with ' +
      'the start of the process, on one core. The memory is the most that the process ever had resident, by the kernel.',
    run: backups,
  },
  {
    name: 'floods',
    title: 'Under attack',
    about:
      'Another phone calls `GET /health` and `GET /api/profiles` every 10 ms. Its 99th percentile during an attack from 20 ' +
      'addresses ÷ without one. Attacks repeat for 20 seconds, as fast as answers come; the limits of addresses apply.',
    run: floods,
    isOnSqliteOnly: true,
  },
  {
    name: 'redis',
    title: 'Redis',
    about:
      'The same read, with the limits counted in memory, in turn with one that counts them on Redis.',
    run: redis,
    isOnSqliteOnly: true,
  },
  {
    name: 'sign-ins',
    title: 'Registrations and sign-ins',
    about: 'bcrypt at the default cost, on the core of the server.',
    run: signIns,
  },
  {
    name: 'searches',
    title: 'Long histories',
    about:
      'The same calls in an account of 100,000 messages and in one of 1,000: medians, and their ratio.',
    run: searches,
  },
  {
    name: 'exports',
    title: 'An export meanwhile',
    about:
      'One account exports ten conversations of 13,100 messages each and reads as fast as it can; another one calls ' +
      '`GET /health` and `GET /api/profiles` every 10 ms, on connections of its own.',
    run: exports,
  },
  {
    name: 'deletions',
    title: 'A deletion meanwhile',
    about:
      'Another account also renames a conversation of its own every 10 ms, until all messages are deleted.',
    run: deletions,
  },
];

try {
  await bench(process.argv.slice(2));
} finally {
  await cleanUp();
}

async function bench(names: readonly string[]): Promise<void> {
  const chosen = SCENARIOS.filter(({ name }) => names.length === 0 || names.includes(name));
  const databases = await availableDatabases();
  const sections: Section[] = [];
  for (const scenario of chosen) {
    const section = await sectionOf(scenario, databases);
    process.stdout.write(`${tableOf(section)}\n`);
    sections.push(section);
  }
  // A part of the scenarios is no page.
  if (names.length === 0) writeFileSync('docs/benchmarks.md', page(sections));
  const missed = sections
    .flatMap(({ results }) => results)
    .flatMap(({ database, rows }) => rows.map((row) => ({ ...row, database })))
    .filter(({ met }) => !met);
  for (const { what, measured, bar, database } of missed) {
    process.stderr.write(`Missed: ${what}: ${measured}, must be ${bar} (${database})\n`);
  }
  if (missed.length > 0 || chosen.length === 0) process.exitCode = 1;
}

async function sectionOf(
  { title, about, run, isOnSqliteOnly }: Scenario,
  databases: readonly Database[],
): Promise<Section> {
  const results = [];
  for (const database of isOnSqliteOnly ? [SQLITE] : databases) {
    results.push({ database: database.name, rows: await run(database) });
  }
  return { title, about, results };
}
