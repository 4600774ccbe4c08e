import { lookup } from 'node:dns';
import { isIP, type LookupFunction } from 'node:net';
import type { Agent } from 'undici';
import { McpError } from '../mcp.error.js';
import type { AddressRules } from './address-rules.js';

/** How long a connection without a request is kept, whatever its server would allow. Milliseconds. */
const KEPT_MS = 10_000;

export type GuardedFetch = (url: string | URL, init?: RequestInit) => Promise<Response>;

/** It keeps connections until it is closed. */
export type ClosableFetch = GuardedFetch & { close(): Promise<void> };

/** 0 is no limit. Milliseconds. */
export type FetchTimeouts = Pick<Agent.Options, 'headersTimeout' | 'bodyTimeout'>;

/**
 * A `fetch` that dials what the rules allow, and nothing else. The address is checked when it is dialled, at each
 * connection and redirect: a name that has been resolved before may lead elsewhere by then. It keeps its own
 * connections, and uses no proxy: that would dial in its place.
 *
 * It throws what `fetch` throws, or an `McpError` `mcp_unavailable` that names the address.
 *
 * @param resolve what asks for the addresses of a name, with the signature of `dns.lookup`
 * @param timeouts how long a server may be silent @default 300 seconds each
 */
export function guardedFetch(
  rules: AddressRules,
  resolve: LookupFunction = lookup as LookupFunction,
  timeouts: FetchTimeouts = {},
): ClosableFetch {
  let dialling: Promise<Dialling> | undefined;
  const close = async () => {
    const closing = dialling;
    dialling = undefined;
    await (await closing)?.dispatcher.destroy();
  };
  const guarded: GuardedFetch = async (url, init = {}) => {
    const { protocol } = new URL(url);
    if (protocol !== 'https:' && protocol !== 'http:') {
      const reason = `An address with ${protocol} is not fetched.`;
      throw new McpError('mcp_unavailable', undefined, { reason });
    }
    dialling ??= openDialling(rules, resolve, timeouts);
    const { fetch, dispatcher } = await dialling;
    try {
      return await fetch(url, { ...init, dispatcher } as RequestInit);
    } catch (error) {
      const cause = error instanceof Error ? error.cause : undefined;
      throw cause instanceof McpError ? cause : error;
    }
  };
  return Object.assign(guarded, { close });
}

interface Dialling {
  readonly fetch: typeof fetch;
  readonly dispatcher: Agent;
}

/** `fetch` and its dispatcher from the same package: the one that Node has built in does not say what it is compatible with. */
async function openDialling(
  rules: AddressRules,
  resolve: LookupFunction,
  timeouts: FetchTimeouts,
): Promise<Dialling> {
  // With the first request: a start does not need it.
  const undici = await import('undici');
  const connect = undici.buildConnector({ lookup: guardedLookup(rules, resolve), allowH2: false });
  const dispatcher = new undici.Agent({
    ...timeouts,
    allowH2: false,
    keepAliveMaxTimeout: KEPT_MS,
    connect: (options, callback) => {
      const host = options.hostname.replace(/^\[|\]$/g, '');
      // No lookup is made of a host that is an address.
      const kind = isIP(host) === 0 ? undefined : rules.refusal(host, host);
      if (kind) callback(refused(host, kind), null);
      else connect(options, callback);
    },
  });
  return { fetch: undici.fetch as unknown as typeof fetch, dispatcher };
}

/** Leaves out the addresses that must not be dialled, and fails if none is left. */
function guardedLookup(rules: AddressRules, resolve: LookupFunction): LookupFunction {
  return (host, options, callback) => {
    resolve(host, { ...options, all: true }, (error, found) => {
      if (error) return callback(error, []);
      const addresses = typeof found === 'string' ? [] : found;
      const allowed = addresses.filter(({ address }) => !rules.refusal(address, host));
      const [first] = allowed;
      if (!first) {
        const address = addresses[0]?.address ?? 'no address';
        return callback(refused(address, rules.refusal(address, host) ?? 'invalid'), []);
      }
      if (options.all) callback(null, allowed);
      else callback(null, first.address, first.family);
    });
  };
}

function refused(address: string, kind: string): McpError {
  return new McpError('mcp_unavailable', undefined, {
    reason: `It is at ${address} (${kind}), which allowPrivateAddresses of the server does not list.`,
  });
}
