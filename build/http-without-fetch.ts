import * as http from 'node:http';
import type { Plugin } from 'rolldown';

/** What `node:http` passes on of the `fetch` of Node, which is loaded when it is asked for them. */
const OF_FETCH: ReadonlySet<string> = new Set(['CloseEvent', 'MessageEvent', 'WebSocket']);

const ID = '\0http-without-fetch';

/**
 * Has an import of `node:http` not load the `fetch` of Node: an import asks a module for all that it exports, and loading it is
 * a twentieth of the time of a start, and some megabytes.
 */
export function httpWithoutFetch(): Plugin {
  return {
    name: 'http-without-fetch',
    resolveId: {
      filter: { id: /^(?:node:)?http$/ },
      handler: (_id, _importer, { kind }) => (kind === 'require-call' ? undefined : ID),
    },
    load: { filter: { id: new RegExp(`^${ID}$`) }, handler: source },
  };
}

function source(): string {
  const names = Object.keys(http).filter((name) => name !== 'default' && !OF_FETCH.has(name));
  return `const http = process.getBuiltinModule('node:http');
export default http;
export const { ${names.join(', ')} } = http;`;
}
