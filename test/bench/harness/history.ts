import { join } from 'node:path';
import pg from 'pg';

/** Beside the text, what a message of an export consists of. */
const TEXT = 'What a person writes, or a tool answers, has about this length. '.repeat(4);

/** How often is looked whether all messages are searchable, and for how long. Milliseconds. */
const POLL_MS = 500;
const PATIENCE_MS = 600_000;

/** How many rows one statement inserts. */
const ROWS_PER_INSERT = 5_000;

/** What the history of an account consists of. */
export interface HistorySize {
  readonly conversations: number;
  readonly messagesPerConversation: number;
  /** A word that stands in the two texts of a run as well; none for an empty one. */
  readonly word?: (run: number) => string;
}

/**
 * Writes a history into the database of a gateway, past the gateway: each run has a message and its answer.
 *
 * @returns the ids of the conversations
 */
export async function writeHistory(
  environment: Record<string, string>,
  accountId: string,
  { conversations, messagesPerConversation, word = () => '' }: HistorySize,
): Promise<string[]> {
  const database = await open(environment);
  const ids: string[] = [];
  for (let n = 0; n < conversations; n += 1) {
    ids.push(idOf(n, 0));
    await database.insert(
      'conversations (id, account_id, profile_id, title, created_at, updated_at, message_count, content_bytes)',
      [
        [
          ids[n],
          accountId,
          'notes',
          `Conversation ${n}`,
          database.now,
          database.now,
          messagesPerConversation,
          messagesPerConversation * TEXT.length,
        ],
      ],
    );
    const runs = Array.from({ length: messagesPerConversation / 2 }, (_, run) => idOf(n, run + 1));
    for (let from = 0; from < runs.length; from += ROWS_PER_INSERT) {
      const some = runs.slice(from, from + ROWS_PER_INSERT);
      await database.insert(
        'runs (id, conversation_id, status, created_at, deadline_at, finished_at)',
        some.map((id) => [id, ids[n], 'succeeded', database.now, database.now, database.now]),
      );
      await database.insert(
        'messages (id, conversation_id, run_id, role, content, created_at)',
        some.flatMap((id, index) =>
          ['user', 'assistant'].map((role, at) => [
            `${id.slice(0, -1)}${at}`,
            ids[n],
            id,
            role,
            TEXT + word((n * messagesPerConversation) / 2 + from + index),
            database.now,
          ]),
        ),
      );
    }
  }
  const messages = conversations * messagesPerConversation;
  await database.insert('chat_usage (account_id, conversations, messages, bytes)', [
    [accountId, conversations, messages, messages * TEXT.length],
  ]);
  await database.settle();
  await database.close();
  return ids;
}

/** Inserts rows of any table, past the gateway. @param rowsAt makes them, with the moment as the database keeps it */
export async function insertRows(
  environment: Record<string, string>,
  into: string,
  rowsAt: (now: unknown) => readonly (readonly unknown[])[],
): Promise<void> {
  const database = await open(environment);
  const rows = rowsAt(database.now);
  for (let from = 0; from < rows.length; from += ROWS_PER_INSERT) {
    await database.insert(into, rows.slice(from, from + ROWS_PER_INSERT));
  }
  await database.close();
}

export async function countRows(
  environment: Record<string, string>,
  table: string,
): Promise<number> {
  const database = await open(environment);
  try {
    return await database.count(table);
  } finally {
    await database.close();
  }
}

/** Waits until that many messages are searchable. */
export async function untilSearchable(
  environment: Record<string, string>,
  messages: number,
): Promise<void> {
  for (const until = Date.now() + PATIENCE_MS; Date.now() < until;) {
    if ((await countRows(environment, 'searched_messages')) >= messages) return;
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
  throw new Error('the messages have not become searchable');
}

/** In the order of the numbers, and of the form of a UUIDv7. The last digit is left for what belongs to a run. */
function idOf(conversation: number, run: number): string {
  const [high, low] = [conversation, run].map((n) => n.toString(16));
  return `01900000-0000-7000-8${high!.padStart(3, '0')}-${low!.padStart(11, '0')}0`;
}

interface OpenDatabase {
  readonly now: unknown;
  insert(into: string, rows: readonly (readonly unknown[])[]): Promise<void>;
  count(table: string): Promise<number>;
  /** As after some time in use: with statistics, and without a log to be worked off. */
  settle(): Promise<void>;
  close(): Promise<void>;
}

function open(environment: Record<string, string>): Promise<OpenDatabase> {
  return environment.DATABASE_URL
    ? openPostgres(environment.DATABASE_URL)
    : openSqlite(environment.DATA_DIR!);
}

async function openPostgres(connectionString: string): Promise<OpenDatabase> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  return {
    now: new Date(),
    insert: async (into, rows) => {
      // One array for each column: a statement takes 65,535 parameters at most.
      const columns = rows[0]!.map((_, column) => rows.map((row) => row[column]));
      const types = columns.map(([first], column) => typeOf(into, column, first));
      const arrays = types.map((type, column) => `$${column + 1}::${type}[]`).join(', ');
      await client.query(`insert into ${into} select * from unnest(${arrays})`, columns);
    },
    count: async (table) => {
      const { rows } = await client.query<{ count: string }>(`select count(*) from ${table}`);
      return Number(rows[0]!.count);
    },
    settle: async () => void (await client.query('vacuum analyze')),
    close: () => client.end(),
  };
}

function typeOf(into: string, column: number, value: unknown): string {
  const name = into.slice(into.indexOf('(') + 1, -1).split(', ')[column]!;
  if (name === 'id' || name.endsWith('_id')) return name === 'profile_id' ? 'text' : 'uuid';
  if (value instanceof Date) return 'timestamptz';
  return typeof value === 'number' ? 'bigint' : 'text';
}

async function openSqlite(dataDir: string): Promise<OpenDatabase> {
  const { default: Database } = await import('better-sqlite3');
  const database = new Database(join(dataDir, 'gateway.sqlite'), { timeout: 10_000 });
  return {
    now: Date.now(),
    insert: (into, rows) => {
      const places = rows[0]!.map(() => '?').join(', ');
      const statement = database.prepare(`insert into ${into} values (${places})`);
      database.transaction(() => rows.forEach((row) => statement.run(...row)))();
      return Promise.resolve();
    },
    count: (table) =>
      Promise.resolve(database.prepare(`select count(*) from ${table}`).pluck().get() as number),
    settle: () => Promise.resolve(void database.pragma('wal_checkpoint(TRUNCATE)')),
    close: () => Promise.resolve(void database.close()),
  };
}
