import { Logger } from '@nestjs/common';
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  chmodSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { McpConnections } from '../connections/mcp-connections.js';
import { noBuiltInServers } from '../targets/built-in-servers.js';
import { anMcpConfig } from '../testing/mcp-config.factory.js';
import { alice, aTarget, bob } from '../testing/mcp-target.factory.js';
import type { SandboxSpec } from './sandbox-spec.js';
import { type Command, sandboxedCommand } from './sandboxed-command.js';
import { SandboxTools } from './sandbox-tools.js';

const run = promisify(execFile);

const SCRIPT = fileURLToPath(new URL('../testing/attacking-server.mjs', import.meta.url));
const CONFINED: SandboxSpec = {
  network: false,
  filesystem: 'read-only',
  readable: [dirname(SCRIPT)],
};
const SECRET = 'SECRET_OF_THE_GATEWAY';
const USER = 54_321;

const tools = new SandboxTools();
const missingNamespaces = await tools.missing(CONFINED);
/** What the machine of the tests cannot do is said, and is never taken for a success. */
const provable = (what: string, missing: string | undefined) => {
  if (missing) process.stderr.write(`Not proved here: ${what}; ${missing}.\n`);
  return missing === undefined;
};
const hasNamespaces = provable('that a server is confined', missingNamespaces);
const canChangeUser = provable(
  'that a server runs as another user',
  missingNamespaces ?? (await tools.missing({ user: USER })),
);
const hasLimits = provable('that limits hold', await tools.missing({ openFiles: 64 }));

describe('the sandbox of a server in a process', () => {
  const warn = vi.spyOn(Logger.prototype, 'warn').mockImplementation(() => undefined);
  vi.spyOn(Logger.prototype, 'log').mockImplementation(() => undefined);
  let dataDir: string;
  let connections: McpConnections;
  /** Stands for the gateway: a process with a secret in its environment. */
  let gateway: ChildProcess;
  let listener: Server;
  let port: number;
  /** As those of databases and of containers. */
  let socketListener: Server;
  let socketPath: string;
  const fileOf = (user: string, name: string) => join(dataDir, 'users', user, name);

  beforeAll(async () => {
    dataDir = mkdtempSync(join(tmpdir(), 'sandbox-'));
    mkdirSync(join(dataDir, 'users', bob), { recursive: true, mode: 0o700 });
    writeFileSync(fileOf(bob, 'diary.txt'), 'what bob wrote');
    writeFileSync(join(dataDir, 'gateway.sqlite'), 'all accounts');
    gateway = spawn('sleep', ['600'], { env: { [SECRET]: 'stolen' }, stdio: 'ignore' });
    listener = createServer((socket) => socket.destroy());
    listener.listen(0, '127.0.0.1');
    await once(listener, 'listening');
    port = (listener.address() as AddressInfo).port;
    socketPath = join(dataDir, 'database.sock');
    socketListener = createServer((socket) => socket.destroy());
    socketListener.listen(socketPath);
    await once(socketListener, 'listening');
    connections = new McpConnections(
      anMcpConfig({
        dataDir,
        maxConnections: 20,
        maxProcesses: 20,
        queueLength: 100,
        allowsLoopback: false,
      }),
      noBuiltInServers,
    );
  });
  afterAll(async () => {
    await connections.onApplicationShutdown();
    gateway.kill('SIGKILL');
    listener.close();
    socketListener.close();
    rmSync(dataDir, { recursive: true, force: true });
  });

  const attack = async (
    sandbox: SandboxSpec | undefined,
    name: string,
    args: Record<string, unknown> = {},
    profileId = 'assistant',
  ) => {
    const server = {
      name: 'attacking',
      transport: 'stdio' as const,
      command: process.execPath,
      args: [SCRIPT, '{userDir}/files'],
      ...(sandbox && { sandbox }),
    };
    const target = aTarget(server, { profileId });
    const options = { signal: AbortSignal.timeout(20_000), maxResultBytes: 10_000 };
    const outcome = await connections.callTool(target, name, args, options);
    return 'text' in outcome ? outcome.text : JSON.stringify(outcome);
  };
  const attacks = () =>
    [
      ['dial', { path: socketPath }],
      ['steal', { variable: SECRET }],
      ['read', { path: `/proc/${gateway.pid}/environ` }],
      ['read', { path: fileOf(bob, 'diary.txt') }],
      ['list', { path: join(dataDir, 'users') }],
      ['read', { path: join(dataDir, 'gateway.sqlite') }],
      ['write', { path: join(dirname(SCRIPT), 'written-by-attack.txt') }],
      ['write', { path: '/usr/written-by-attack.txt' }],
      ['kill', { pid: gateway.pid }],
      ['connect', { port }],
    ] as const;
  const perform = async (sandbox: SandboxSpec | undefined, profileId: string) => {
    const results: string[] = [];
    for (const [name, args] of attacks()) {
      if (sandbox === undefined && name === 'write') continue;
      results.push(await attack(sandbox, name, { ...args }, profileId));
    }
    return results;
  };

  it('is what stops these attacks: without it they succeed', async () => {
    const results = await perform(undefined, 'open');
    expect(results[1]).toBe(`done: ${SECRET}=stolen`);
    expect(results.filter((text) => !text.startsWith('done:'))).toEqual([]);
    expect(results).toContain('done: what bob wrote');
  });

  it('keeps a server from the environment of the gateway, other users, its own code and the network', async ({
    skip,
  }) => {
    skip(!hasNamespaces);
    expect(await perform(CONFINED, 'confined')).toEqual([
      'failed: ENOENT',
      'done: nothing',
      'failed: ENOENT',
      'failed: ENOENT',
      `done: ${alice}`,
      'failed: ENOENT',
      'failed: EROFS',
      'failed: EROFS',
      'failed: ESRCH',
      'failed: ECONNREFUSED',
    ]);
    expect(await attack(CONFINED, 'privileges', {}, 'confined')).toMatch(
      /CapEff:\s*0+,NoNewPrivs:\s*1/,
    );
    const own = fileOf(alice, 'files/own.txt');
    expect(await attack(CONFINED, 'write', { path: own }, 'confined')).toBe('done: ');
    expect(readFileSync(own, 'utf8')).toBe('written');
  });

  it('holds what leaves its session and empties its environment', async ({ skip }) => {
    skip(!hasNamespaces);
    const seconds = 700_000 + process.pid;
    const escaped = () =>
      readdirSync('/proc').filter((pid) => {
        try {
          return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes(`sleep\0${seconds}`);
        } catch {
          return false;
        }
      });
    await attack(CONFINED, 'escape', { seconds }, 'escaping');
    await vi.waitFor(() => expect(escaped()).toHaveLength(1));
    await connections.closeUser(alice);
    await vi.waitFor(() => expect(escaped()).toEqual([]));
  });

  it('runs a server as another user, who owns its folder alone', async ({ skip }) => {
    skip(!canChangeUser);
    const sandbox = { ...CONFINED, user: USER, processes: 40 };
    expect(await attack(sandbox, 'whoami', {}, 'user')).toBe(`done: [${USER},${USER},[${USER}]]`);
    expect(await attack(sandbox, 'privileges', {}, 'user')).toMatch(/CapEff:\s*0+,NoNewPrivs:\s*1/);
    const own = fileOf(alice, 'as-user.txt');
    expect(await attack(sandbox, 'write', { path: own }, 'user')).toBe('done: ');
    expect(await attack(sandbox, 'start', { count: 60 }, 'user')).toBe('failed: EAGAIN');
    const withoutFiles = { user: USER };
    expect(await attack(withoutFiles, 'steal', { variable: SECRET }, 'user-only')).toBe(
      'done: nothing',
    );
    expect(
      await attack(withoutFiles, 'read', { path: fileOf(bob, 'diary.txt') }, 'user-only'),
    ).toBe('failed: EACCES');
  });

  it('bounds files, memory and processor time', async ({ skip }) => {
    skip(!hasLimits);
    expect(await attack({ openFiles: 64 }, 'open', { count: 100 }, 'files')).toBe('failed: EMFILE');
    for (const [sandbox, name, args] of [
      [{ memoryMegabytes: 1024 }, 'allocate', { megabytes: 1500 }],
      [{ cpuSeconds: 1 }, 'spin', {}],
    ] as const) {
      await expect(attack(sandbox, name, args, name)).rejects.toMatchObject({
        code: 'mcp_unavailable',
      });
    }
  });

  it('is never left out: where it cannot be had, the server is not started', async () => {
    const impossible = tools.isRoot ? { processes: 40 } : { user: USER };
    warn.mockClear();
    await expect(attack(impossible, 'whoami', {}, 'impossible')).rejects.toMatchObject({
      code: 'mcp_unavailable',
      message: 'The tool server is not available.',
    });
    expect(warn).toHaveBeenCalledExactlyOnceWith(
      expect.objectContaining({
        event: 'mcp.failed',
        reason: expect.stringContaining('It cannot be confined as its profile says: ') as string,
      }),
    );
  });

  it('confines a server also where the gateway is not root', async ({ skip }) => {
    const unprivileged = [
      tools.find('setpriv')!,
      '--reuid=65534',
      '--regid=65534',
      '--clear-groups',
    ];
    const asUnprivileged = async ({ command, args }: Command) =>
      (await run(unprivileged[0]!, [...unprivileged.slice(1), command, ...args])).stdout;
    const trial = {
      command: '/usr/bin/bwrap',
      args: ['--unshare-pid', '--ro-bind', '/', '/', 'true'],
    };
    const isPossible =
      tools.isRoot &&
      (await asUnprivileged(trial).then(
        () => true,
        () => false,
      ));
    if (!provable('that a user confines a server', isPossible ? undefined : 'not possible'))
      return skip();
    const folder = mkdtempSync(join(tmpdir(), 'of-all-'));
    chmodSync(folder, 0o777);
    const [secret, own] = [join(folder, 'secret.txt'), join(folder, 'own')];
    writeFileSync(secret, 'what all may read');
    mkdirSync(own, { mode: 0o777 });
    chmodSync(own, 0o777);
    const script = `id -u; cat ${secret} 2>&1; echo x > ${own}/x && cat ${own}/x; echo y > ${folder}/y; tail -n +3 /proc/net/dev`;
    const command = { command: '/bin/sh', args: ['-c', script] };
    expect(await asUnprivileged(command)).toContain('what all may read');
    const spec = { network: false, filesystem: 'read-only', openFiles: 64, processes: 40 } as const;
    const byUser = new SandboxTools({ isRoot: false });
    const around = { readable: [], folders: [own] };
    const lines = await asUnprivileged(sandboxedCommand(command, spec, around, byUser));
    expect(lines).toMatch(/^65534\n.*No such file.*\nx\n *lo:/);
    expect(lines.trim().split('\n')).toHaveLength(4);
    rmSync(folder, { recursive: true });
  });

  it('names what the system lacks', async () => {
    const folder = join(dataDir, 'bin');
    mkdirSync(folder);
    const install = (name: string, command: string) =>
      writeFileSync(join(folder, name), `#!/bin/sh\n${command}\n`, { mode: 0o755 });
    const nothing = new SandboxTools({ folders: [], isRoot: false });
    expect(await nothing.missing({ openFiles: 64 })).toMatch(/prlimit/);
    expect(await nothing.missing({ network: false })).toMatch(/setpriv/);
    const bare = new SandboxTools({ folders: [folder] });
    install('setpriv', 'true');
    expect(await bare.missing({ network: false })).toMatch(/bubblewrap/);
    install('bwrap', 'false');
    expect(await bare.missing({ filesystem: 'read-only' })).toMatch(/forbids/);
    install('bwrap', 'true');
    expect(await bare.missing({ filesystem: 'read-only' })).toBeUndefined();
    install('bwrap', 'false');
    expect(await bare.missing({ filesystem: 'read-only' })).toBeUndefined();
    expect(await bare.missing({ network: false })).toMatch(/network needs filesystem/);
    install('prlimit', 'true');
    const byUser = new SandboxTools({ folders: [folder], isRoot: false });
    expect(await byUser.missing({ processes: 40 })).toMatch(/processes needs filesystem/);
    expect(await byUser.missing({ processes: 40, filesystem: 'read-only' })).toMatch(/forbids/);
  });
});
