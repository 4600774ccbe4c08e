import { Redis } from 'ioredis';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Gateway, query } from '../../e2e/gateway.ts';

type Stored = Pick<Gateway, 'environment'>;

/** The places in which any of the texts occurs: columns of all tables, files and keys of Redis. */
export async function tracesOf(stored: Stored, texts: readonly string[]): Promise<string[]> {
  const places = [
    ...(await rows(stored)),
    ...files(stored.environment.DATA_DIR!),
    ...(stored.environment.REDIS_URL ? await keys(stored.environment.REDIS_URL) : []),
  ];
  return texts.flatMap((text) =>
    places.filter((place) => place.holds(text)).map(({ name }) => `${name} has ${text}`),
  );
}

/** Tables without personal data. An addition needs a justification. */
export const IMPERSONAL: readonly string[] = [
  // What operators refuse: networks, not people; a block of one address has no account.
  'network_blocks',
  // Which security event was told on which way; the source of the event removes the account.
  'security_notifications',
  // What the files of assistants say, of no person.
  'profile_states',
  'profile_versions',
  // What operators have set the limits of calls to, for all people.
  'limit_changes',
  // What modules of the log are set to.
  'log_level_changes',
  // How often operators have changed something, by kind.
  'change_counters',
  'schema_migrations',
  // Places, digests and salts of records: what they prove is in the records.
  'audit_chain',
  'audit_checkpoints',
  'audit_pending',
  'audit_redactions',
  'audit_seals',
  // Which sessions an operator has ended, all at once.
  'session_generations',
  'signing_keys',
  // The processes that work on runs, by random ids of their own.
  'gateway_instances',
  // Hashes of random ids that are stored nowhere else, kept for a minute.
  'used_proofs',
  // Clients of this gateway at authorization servers, for all of its users.
  'oauth_clients',
  // Digests of the ids of accounts that are gone; an id cannot be found from one.
  'erased_accounts',
  // Sealed tokens of no account, for a day at most: what authorization servers could not be told yet.
  'pending_revocations',
  // It names the account only while the account exists, and is deleted with it.
  'erasures',
];

interface Place {
  readonly name: string;
  holds(text: string): boolean;
}

/** The names of all tables of the database. */
export async function tablesOf(stored: Stored): Promise<string[]> {
  const found = await query(
    stored,
    stored.environment.DATABASE_URL
      ? `select table_name as name from information_schema.tables where table_schema = 'public'`
      : // What begins with searched_words is an index of searched_messages; the words in it are looked for in the file.
        `select name from sqlite_master where type = 'table' and name not like 'sqlite_%'
         and name not like 'searched_words%'`,
  );
  return found.map(({ name }) => name as string).sort();
}

async function rows(stored: Stored): Promise<Place[]> {
  const places: Place[] = [];
  for (const table of await tablesOf(stored)) {
    const content = JSON.stringify(await query(stored, `select * from ${table}`));
    places.push({ name: `table ${table}`, holds: (text) => content.includes(inJson(text)) });
  }
  return places;
}

/** Contents and names of all files, including free pages of the database and the write-ahead log. */
function files(folder: string): Place[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => !entry.isDirectory())
    .map((entry) => join(entry.parentPath, entry.name))
    .map((path) => {
      const bytes = contentOf(path);
      return {
        name: `file ${path}`,
        holds: (text) =>
          path.includes(text) || bytes.includes(text) || bytes.includes(inJson(text)),
      };
    });
}

/** Empty for a file deleted since: a draft of a mail is renamed when it is complete. */
function contentOf(path: string): Buffer {
  try {
    return readFileSync(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return Buffer.alloc(0);
    throw error;
  }
}

async function keys(url: string): Promise<Place[]> {
  const redis = new Redis(url);
  try {
    const names = await redis.keys('*');
    return await Promise.all(
      names.map(async (name) => {
        const value = (await redis.dumpBuffer(name)) ?? Buffer.alloc(0);
        return {
          name: `key ${name}`,
          holds: (text: string) => name.includes(text) || value.includes(text),
        };
      }),
    );
  } finally {
    redis.disconnect();
  }
}

function inJson(text: string): string {
  return JSON.stringify(text).slice(1, -1);
}
