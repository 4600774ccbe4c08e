import { splitList } from './list.js';
import { parsedVariable, type Variable } from './variables.js';

/** Schemes of addresses that no page comes from, or whose pages send `Origin: null`. */
const WITHOUT_ORIGIN = new Set([
  'about:',
  'blob:',
  'data:',
  'file:',
  'ftp:',
  'javascript:',
  'mailto:',
  'ws:',
  'wss:',
]);

/** Nothing but a scheme, a host and a port; the parser of URLs would forgive more. */
const SYNTAX = /^[a-z][a-z\d+.-]*:\/\/[^\s/\\?#@*]+\/?$/i;

/**
 * The origin that a text names, written as browsers send it (RFC 6454 §6.2): lower case, `xn--`, without the default
 * port. Apps in a web view have schemes of their own, such as `capacitor://localhost`. Undefined for anything else,
 * `null` and patterns among it: `null` is what every sandboxed page of every site sends.
 */
export function originOf(text: string): string | undefined {
  const url = SYNTAX.test(text) ? URL.parse(text) : null;
  if (!url || url.host === '' || WITHOUT_ORIGIN.has(url.protocol)) return undefined;
  return `${url.protocol}//${url.host.toLowerCase()}`;
}

/** Origins, separated by commas. `isOther` admits entries of another form, which stay as they are. */
export function originsVariable(isOther: (entry: string) => boolean = () => false): Variable {
  return parsedVariable((list) => {
    const entries = splitList(list);
    const origins = entries.map((entry) => (isOther(entry) ? entry : originOf(entry)));
    if (origins.every((origin) => origin !== undefined)) return [...new Set(origins)];
    const place = origins.indexOf(undefined) + 1;
    throw new Error(
      `must list origins such as https://app.example.org or capacitor://localhost, without path, * or null (entry ${place} is none)`,
    );
  });
}

/** The address under which phones reach the gateway, with the path that a proxy takes off, without a slash at its end. */
export function publicUrlVariable(): Variable {
  return parsedVariable((text) => {
    const url = /^https?:\/\/[^\s\\?#@]+$/i.test(text) ? URL.parse(text) : null;
    if (url && !url.host.includes('*')) return url.origin + url.pathname.replace(/\/+$/, '');
    throw new Error(
      'must be an address such as https://api.example.org or https://example.org/gateway, without ?, # and user',
    );
  });
}
