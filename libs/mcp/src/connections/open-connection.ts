import { Client, type PriorDiscovery, type Transport } from '@modelcontextprotocol/client';
import { mkdir } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { AddressRules } from '../addresses/address-rules.js';
import { tracedFetch } from '../transports/traced-fetch.js';
import { guardedFetch } from '../addresses/guarded-fetch.js';
import { McpError } from '../mcp.error.js';
import { confine } from '../sandbox/confine.js';
import type { SandboxTools } from '../sandbox/sandbox-tools.js';
import type { BuiltInMcpServers } from '../targets/built-in-servers.js';
import type { ResolvedServer } from '../targets/resolve-target.js';
import type { TargetAuthorization } from '../targets/authorized-target.js';
import { HttpTransport } from '../transports/http.transport.js';
import { StdioTransport } from '../transports/stdio.transport.js';
import { NO_TIMEOUT_MS } from '../transports/transport-limits.js';
import type { McpConnectionListener } from './mcp-connection-listener.js';
import { McpConnection } from './mcp-connection.js';
import { toMcpError } from './to-mcp-error.js';
import { untilAborted } from './until-aborted.js';

/**
 * How long a server may be silent on the question of its era before it is taken for an old one. Old servers answer
 * with an error as soon as they run, so only silent ones ever wait for this. Milliseconds.
 */
const PROBE_MS = 3000;

/** A server is silent for as long as a person takes to answer it: the limits of the call bound it. */
const UNBOUNDED = { headersTimeout: 0, bodyTimeout: 0 };

export interface OpenOptions extends McpConnectionListener {
  /** Ends the attempt: the server has had its time to start, or the connection is no longer wanted. */
  signal: AbortSignal;
  startMs: number;
  /** Failed attempts so far. A slow new server may have been mistaken for an old one, so it gets more time each time. */
  failures: number;
  builtInServers: BuiltInMcpServers;
  /** What confines servers in processes. */
  sandboxTools: SandboxTools;
  /** Servers on this machine may be reached over HTTP without being listed. */
  allowsLoopback: boolean;
  authorization: TargetAuthorization | undefined;
  onClosed: () => void;
  /** Told what a server that failed to start wrote to stderr last. */
  onLastWords: (lines: string[]) => void;
  /** Told of what a failed attempt leaves to end: no caller waits until a server that failed to start has stopped. */
  onLeftover: (ending: Promise<void>) => void;
}

/** @throws McpError */
export async function openConnection(
  server: ResolvedServer,
  options: OpenOptions,
): Promise<McpConnection> {
  const transport = await transportInTime(server, options);
  try {
    return await handshake(transport, options);
  } catch (error) {
    // Some old servers exit when anything but `initialize` comes first, and some bridges refuse it afterwards.
    const mayBeOld =
      transport instanceof StdioTransport &&
      (transport.endedByItself !== undefined ||
        McpError.from(error).code === 'mcp_protocol_error') &&
      !options.signal.aborted;
    if (!mayBeOld) throw error;
    // There is never a second process beside the first.
    await untilAborted(transport.exited, options.signal);
    return handshake(await transportInTime(server, options), options, { kind: 'legacy' });
  }
}

async function transportInTime(server: ResolvedServer, options: OpenOptions): Promise<Transport> {
  const opening = openTransport(server, options);
  return untilAborted(opening, options.signal).catch((error: unknown) => {
    // A built-in server that starts too late has no owner that would close it.
    void opening.then((late) => late.close()).catch(() => undefined);
    throw toMcpError(error);
  });
}

async function openTransport(server: ResolvedServer, options: OpenOptions): Promise<Transport> {
  switch (server.transport) {
    case 'stdio': {
      for (const folder of server.folders) await mkdir(folder, { recursive: true, mode: 0o700 });
      const { run, args, env, folders, sandbox } = server;
      const script = 'module' in run ? modulePath(run.module) : undefined;
      const command =
        'module' in run
          ? { command: process.execPath, args: [script!, ...args] }
          : { command: run.command, args };
      const confined = sandbox
        ? await confine(command, { spec: sandbox, script, folders }, options.sandboxTools)
        : command;
      return new StdioTransport({ ...confined, env });
    }
    case 'http': {
      const { allowsLoopback } = options;
      const rules = new AddressRules({ allowed: server.allowPrivateAddresses, allowsLoopback });
      try {
        const { url, headers } = server;
        const guarded = guardedFetch(rules, undefined, UNBOUNDED);
        const fetch = server.passesTrace ? tracedFetch(guarded) : guarded;
        return new HttpTransport(url, headers, fetch, probeMs(options), options.authorization);
      } catch {
        throw new McpError('mcp_unavailable', 'The tool server is not configured correctly.');
      }
    }
    case 'built-in':
      if (!options.builtInServers.has(server.name)) {
        throw new McpError('mcp_unavailable', 'The tool server does not exist.');
      }
      return options.builtInServers.connect(server.name, server.accountId);
  }
}

function probeMs({ startMs, failures }: OpenOptions): number {
  return Math.min(PROBE_MS * 2 ** failures, startMs / 2);
}

async function handshake(
  transport: Transport,
  options: OpenOptions,
  prior?: PriorDiscovery,
): Promise<McpConnection> {
  const { signal, onClosed, onLastWords, onLeftover, allowsSampling } = options;
  // Over HTTP the transport ends the question itself: the SDK takes silence there for an outage.
  const timeoutMs = transport instanceof StdioTransport ? probeMs(options) : NO_TIMEOUT_MS;
  const client = new Client(
    { name: 'mcp-phone-gateway', version: '0.1.0' },
    {
      // What a server may ask the person and, where its profile says so, a language model. Of our folders it gets an empty list.
      capabilities: {
        elicitation: { form: {}, url: {} },
        roots: {},
        ...(allowsSampling && { sampling: {} }),
      },
      versionNegotiation: { mode: 'auto', probe: { timeoutMs } },
      inputRequired: { autoFulfill: false },
    },
  );
  let open = false;
  const connection = new McpConnection(client, transport, options, () => {
    if (open) onClosed();
  });
  try {
    await untilAborted(
      client.connect(transport, { signal, timeout: NO_TIMEOUT_MS, ...(prior && { prior }) }),
      signal,
    );
    if (connection.unusable) throw new McpError('mcp_unavailable');
    open = true;
    return connection;
  } catch (error) {
    const failure = connection.failure;
    onLeftover(connection.close());
    onLastWords(connection.lastWords());
    if (failure?.code === 'mcp_result_too_large') {
      throw new McpError('mcp_protocol_error', undefined, failure.details);
    }
    throw failure ?? toMcpError(error);
  }
}

/** A script installed beside this package, wherever the process was started from. */
function modulePath(specifier: string): string {
  try {
    return createRequire(import.meta.url).resolve(specifier);
  } catch {
    throw new McpError('mcp_unavailable', 'The tool server is not installed.');
  }
}
