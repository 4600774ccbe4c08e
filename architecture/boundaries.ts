import { posix } from 'node:path';

/** One app or library. */
export interface Room<Name extends string = string> {
  readonly holds: string;
  /** The libraries that it may import by name. `all`: every one. */
  readonly mayImport: readonly Name[] | 'all';
  /** Folders of `src` that are modules of their own, each with those of its siblings that it may import. */
  readonly wings?: Readonly<Record<string, readonly string[]>>;
}

function rooms<const Name extends string>(
  table: Readonly<Record<Name, Room<NoInfer<Name>>>>,
): Readonly<Record<Name, Room<Name>>> {
  return table;
}

/**
 * The imports that are allowed between rooms. The lint rule, the check of the folder graph, the tests and the table in CONTRIBUTING.md are made
 * from it. A room that has no line here may import nothing.
 */
export const ROOMS = rooms({
  'apps/gateway': {
    holds: 'the root module, the global policies in order, `main.ts`',
    mayImport: 'all',
  },
  'apps/personal-tools': {
    holds: 'our own MCP server: notes, tasks, calendar',
    mayImport: ['libs/config', 'libs/persistence', 'libs/text'],
  },
  'libs/auth': {
    holds: 'accounts, passwords, tokens, sessions, the guards',
    mayImport: [
      'libs/metrics',
      'libs/config',
      'libs/persistence',
      'libs/logging',
      'libs/security',
      'libs/mail',
      'libs/access',
      'libs/signals',
      'libs/switches',
    ],
    wings: {
      accounts: [],
      sessions: ['accounts'],
      factors: ['accounts', 'sessions'],
      'sign-in': ['accounts', 'sessions', 'factors'],
      administration: ['accounts', 'sessions', 'factors'],
      'personal-data': ['accounts', 'sessions', 'factors'],
    },
  },
  'libs/chat': {
    holds: 'conversations, runs, profiles, engines',
    mayImport: [
      'libs/tracing',
      'libs/metrics',
      'libs/config',
      'libs/persistence',
      'libs/logging',
      'libs/security',
      'libs/mcp',
      'libs/models',
      'libs/access',
      'libs/text',
      'libs/signals',
      'libs/switches',
    ],
  },
  'libs/connections': {
    holds: 'the authorizations of users at MCP servers (OAuth)',
    mayImport: [
      'libs/config',
      'libs/persistence',
      'libs/logging',
      'libs/security',
      'libs/mcp',
      'libs/access',
      'libs/auth',
    ],
  },
  'libs/privacy': {
    holds: 'consents, the export, the erasure of accounts',
    mayImport: [
      'libs/config',
      'libs/persistence',
      'libs/logging',
      'libs/security',
      'libs/access',
      'libs/auth',
      'libs/backup',
    ],
  },
  'libs/backup': {
    holds: 'backups of the database and `DATA_DIR`, and the ledger of erased accounts',
    mayImport: ['libs/metrics', 'libs/config', 'libs/persistence', 'libs/security'],
  },
  'libs/operations': {
    holds: 'what operators do to a running service: blocks, limits, switches, detection, incidents',
    mayImport: [
      'libs/metrics',
      'libs/config',
      'libs/persistence',
      'libs/logging',
      'libs/security',
      'libs/access',
      'libs/signals',
      'libs/switches',
      'libs/mail',
      'libs/auth',
    ],
  },
  'libs/access': {
    holds: 'what a route may declare: `Principal`, `@CurrentUser`, `@Public`, `@Roles`',
    mayImport: ['libs/config', 'libs/security'],
  },
  'libs/mail': {
    holds: 'mails, sent in the background',
    mayImport: ['libs/metrics', 'libs/config'],
  },
  'libs/mcp': {
    holds: 'connections to MCP servers',
    mayImport: ['libs/tracing', 'libs/metrics', 'libs/config', 'libs/switches'],
  },
  'libs/models': {
    holds: 'language models behind one port',
    mayImport: ['libs/tracing', 'libs/metrics', 'libs/config', 'libs/switches'],
  },
  'libs/signals': {
    holds: 'signals of possible attacks, for detection',
    mayImport: [],
  },
  'libs/tracing': {
    holds: 'spans of traces, and their export to a collector',
    mayImport: ['libs/config'],
  },
  'libs/metrics': {
    holds: 'metrics, and their exposition for Prometheus',
    mayImport: [],
  },
  'libs/switches': {
    holds: 'what operators have switched off, for every library to check',
    mayImport: [],
  },
  'libs/text': {
    holds: 'the normalization of texts for the search',
    mayImport: [],
  },
  'libs/security': {
    holds: 'limits, input rules, safe errors, headers',
    mayImport: ['libs/metrics', 'libs/config', 'libs/signals'],
  },
  'libs/logging': {
    holds: 'the logger, masking, the audit trail',
    mayImport: ['libs/tracing', 'libs/metrics', 'libs/config', 'libs/persistence', 'libs/signals'],
  },
  'libs/persistence': {
    holds: 'which database runs, migrations',
    mayImport: ['libs/tracing', 'libs/metrics', 'libs/config'],
  },
  'libs/config': {
    holds: 'reads the environment',
    mayImport: [],
  },
});

/** What an import of `specifier` in `file` breaks, or nothing. `file` is relative to the root of the repository. */
export function violationOf(
  file: string,
  specifier: string,
  table: Readonly<Record<string, Room>> = ROOMS,
): string | undefined {
  const room = roomOf(file);
  if (!room) return undefined;
  if (specifier.startsWith('@app/')) return violationByName(room, specifier, table);
  if (!/^\.{0,2}\//.test(`${specifier}/`)) return undefined;
  const target = posix.join(posix.dirname(file), specifier);
  if (!target.startsWith(`${room}/`)) {
    return `Import another library by its name (@app/…), never its insides: ${specifier}`;
  }
  const shortest = posix.relative(posix.dirname(file), target);
  if (specifier !== (shortest.startsWith('.') ? shortest : `./${shortest}`)) {
    return `Import a file of the same library by the shortest path: ${specifier}`;
  }
  return violationOfWings(wingOf(file), wingOf(target), table[room]?.wings);
}

/** `libs/auth/src/x.ts` → `libs/auth`. */
export function roomOf(file: string): string | undefined {
  return /^(?:apps|libs)\/[^/]+(?=\/)/.exec(file)?.[0];
}

/** `libs/auth` → `@app/auth`. */
export function importName(room: string): string {
  return `@app/${posix.basename(room)}`;
}

function violationByName(
  room: string,
  specifier: string,
  table: Readonly<Record<string, Room>>,
): string | undefined {
  const [, name = '', inside] = /^@app\/([^/]*)(\/.*)?$/.exec(specifier) ?? [];
  if (inside !== undefined) {
    return `Import what the index of @app/${name} names, never its insides: ${specifier}`;
  }
  const own = table[room];
  if (!own) return `${room} has no line in architecture/boundaries.ts and may import no library.`;
  const allowed = own.mayImport === 'all' ? Object.keys(table) : own.mayImport;
  const isAllowed = allowed.some((it) => it !== room && posix.basename(it) === name);
  if (isAllowed) return undefined;
  const names = own.mayImport === 'all' ? 'the other rooms' : own.mayImport.map(importName);
  return `${room} may import only: ${String(names) || 'no library'}.`;
}

/** `libs/auth/src/sessions/tokens/x.ts` → `sessions`; nothing for a file of `src` itself. */
function wingOf(file: string): string | undefined {
  return /^[^/]+\/[^/]+\/src\/([^/]+)\//.exec(file)?.[1];
}

function violationOfWings(
  from: string | undefined,
  to: string | undefined,
  wings: Room['wings'],
): string | undefined {
  if (!wings || from === undefined || to === undefined || from === to) return undefined;
  const allowed = wings[from];
  if (!allowed) return `The wing ${from} has no line in architecture/boundaries.ts.`;
  if (allowed.includes(to)) return undefined;
  return `The wing ${from} may import only: ${allowed.join(', ') || 'no other wing'}.`;
}
