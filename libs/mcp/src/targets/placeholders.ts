import { dirname, extname, join, resolve, sep } from 'node:path';
import { McpError } from '../mcp.error.js';
import type { McpServerSpec } from './mcp-target.js';

/** What the placeholders of one target stand for. */
export interface PlaceholderScope {
  dataDir: string;
  /** Absent for a shared connection: it must not carry the id of the first caller. */
  accountId: string | undefined;
  secrets: ReadonlyMap<string, string>;
}

/** Begins with a letter, so that JSON in an argument (`{"a": 1}`) is not taken for a placeholder. */
const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]*)(?::([^{}]*))?\}/g;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The folder that holds those of all users. */
export function usersDirectory(dataDir: string): string {
  return join(dataDir, 'users');
}

/** Whether a name is the id of an account, and no path. */
export function isUserId(name: string): boolean {
  return UUID.test(name);
}

/** The folder of one user. The id enters a path, so it is checked here even though it comes from our database. */
export function userDirectory(dataDir: string, accountId: string): string {
  if (!isUserId(accountId)) {
    throw new McpError('mcp_unavailable', 'The account cannot be used with this tool server.');
  }
  return join(usersDirectory(dataDir), accountId);
}

/**
 * Replaces `{userId}`, `{userDir}`, `{dataDir}` and `{env:MCP_SECRET_…}` in one pass: what is inserted is not
 * looked at again.
 *
 * @throws McpError `mcp_unavailable` for any other placeholder, and for one that has no value here
 */
export function fillPlaceholders(
  template: string,
  scope: PlaceholderScope,
  encode: (value: string) => string = (value) => value,
): string {
  return template.replace(PLACEHOLDER, (_match, name: string, argument: string | undefined) => {
    const value = valueOf(name, argument, scope);
    if (value === undefined) {
      throw new McpError('mcp_unavailable', 'The tool server is not configured correctly.');
    }
    return encode(value);
  });
}

/** What stands behind `{userDir}` in a template, up to where a list or an option would go on. */
const BEHIND_USER_DIR = /\{userDir\}((?:\/[^\s:;,"'{}=]*)?)/g;

/**
 * The folders of a user that the templates name, which have to exist before the server starts. A name with an
 * extension is a file, which the server makes: its folder is meant.
 */
export function userFolders(templates: readonly string[], scope: PlaceholderScope): string[] {
  if (!scope.accountId) return [];
  const root = userDirectory(scope.dataDir, scope.accountId);
  const named = templates.flatMap((template) =>
    [...template.matchAll(BEHIND_USER_DIR)].map(([, rest = '']) =>
      resolve(root, `.${extname(rest) === '' ? rest : dirname(rest)}`),
    ),
  );
  const inside = named.filter((folder) => folder === root || folder.startsWith(root + sep));
  return named.length > 0 ? [...new Set([root, ...inside])] : [];
}

/**
 * Whether a server is given both the data folder and the user's id: it could keep data of people outside of their
 * folders, where no export and no erasure looks.
 */
export function keepsUsersElsewhere(server: McpServerSpec): boolean {
  const templates = templatesOf(server);
  return ['{dataDir}', '{userId}'].every((name) =>
    templates.some((template) => template.includes(name)),
  );
}

/** Whether a server keeps what it keeps of a user in the user's folder. */
export function keepsUserFiles(server: McpServerSpec): boolean {
  return templatesOf(server).some((template) => template.includes('{userDir}'));
}

function templatesOf(server: McpServerSpec): string[] {
  switch (server.transport) {
    case 'stdio':
      return [...(server.args ?? []), ...Object.values(server.env ?? {})];
    case 'http':
      return [server.url, ...Object.values(server.headers ?? {})];
    case 'built-in':
      return [];
  }
}

function valueOf(
  name: string,
  argument: string | undefined,
  { dataDir, accountId, secrets }: PlaceholderScope,
): string | undefined {
  if (name === 'env') {
    // A map of the configuration that holds no other variable; the prefix is checked again in case the map is filled elsewhere.
    return argument?.startsWith('MCP_SECRET_') ? secrets.get(argument) : undefined;
  }
  if (argument !== undefined) return undefined;
  switch (name) {
    case 'dataDir':
      return dataDir;
    case 'userId':
      return accountId;
    case 'userDir':
      return accountId && userDirectory(dataDir, accountId);
    default:
      return undefined;
  }
}
