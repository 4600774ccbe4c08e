import * as http from 'node:http';
import type { Plugin } from 'rolldown';

/** Exports of `node:http` that load the `fetch` of Node when they are read. */
const OF_FETCH: ReadonlySet<string> = new Set(['CloseEvent', 'MessageEvent', 'WebSocket']);

const ID = '\0http-without-fetch';

/**
 * Keeps an import of `node:http` from loading the `fetch` of Node: an import reads all exports of a built-in module. `fetch`
 * takes a twentieth of the time of a start, and some megabytes.
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
