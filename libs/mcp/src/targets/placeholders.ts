import { join } from 'node:path';
import { McpError } from '../mcp.error.js';

/** What the placeholders of one target stand for. */
export interface PlaceholderScope {
  dataDir: string;
  /** Absent for a shared connection: it must not carry the name of whoever called first. */
  userId: string | undefined;
  secrets: ReadonlyMap<string, string>;
}

/** Begins with a letter, so that JSON in an argument (`{"a": 1}`) is not taken for a placeholder. */
const PLACEHOLDER = /\{([A-Za-z][A-Za-z0-9_]*)(?::([^{}]*))?\}/g;
const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The folder of one user. The id enters a path, so it is checked here even though it comes from our database. */
export function userDirectory(dataDir: string, userId: string): string {
  if (!UUID.test(userId)) {
    throw new McpError('mcp_unavailable', 'The account cannot be used with this tool server.');
  }
  return join(dataDir, 'users', userId);
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

/** Whether the user's folder has to exist before the server starts. */
export function mentionsUserDirectory(templates: readonly string[]): boolean {
  return templates.some((template) => template.includes('{userDir}'));
}

function valueOf(
  name: string,
  argument: string | undefined,
  { dataDir, userId, secrets }: PlaceholderScope,
): string | undefined {
  if (name === 'env') {
    // A map of the configuration that holds no other variable; the prefix is tested again for whoever fills it otherwise.
    return argument?.startsWith('MCP_SECRET_') ? secrets.get(argument) : undefined;
  }
  if (argument !== undefined) return undefined;
  switch (name) {
    case 'dataDir':
      return dataDir;
    case 'userId':
      return userId;
    case 'userDir':
      return userId && userDirectory(dataDir, userId);
    default:
      return undefined;
  }
}
