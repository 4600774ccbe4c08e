import { writeFileSync } from 'node:fs';
import { bridges } from './bridges.ts';
import { deletions } from './deletions.ts';
import { exports } from './exports.ts';
import { availableDatabases, cleanUp, type Database, SQLITE } from './harness/databases.ts';
import type { Row } from './harness/row.ts';
import { page, type Section, tableOf } from './report.ts';
import { chats } from './chats.ts';
import { models } from './models.ts';
import { redis } from './redis.ts';
import { searches } from './searches.ts';
import { signIns } from './sign-ins.ts';
import { start } from './start.ts';
import { streams } from './streams.ts';
import { throughput } from './throughput.ts';
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
      'CPU time is of the gateway alone. Statements are counted without those that only begin or end transactions.',
    run: chats,
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
