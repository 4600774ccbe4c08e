import type { McpConnection } from './mcp-connection.js';
import type { ResolvedServer, ResolvedTarget } from '../targets/resolve-target.js';
import { ConnectionSlots } from './connection-slots.js';
import { PooledConnection } from './pooled-connection.js';

const STDIO: ResolvedServer = {
  transport: 'stdio',
  run: { command: 'x' },
  args: [],
  env: {},
  folders: [],
};
const HTTP: ResolvedServer = {
  transport: 'http',
  url: 'https://x.example/',
  headers: {},
  allowPrivateAddresses: [],
  passesTrace: false,
};

describe('ConnectionSlots', () => {
  const close = vi.fn<(entry: PooledConnection) => void>();
  const retire = vi.fn<(entry: PooledConnection) => void>();
  let slots: ConnectionSlots;
  const limit = (maxConnections: number, maxProcesses = maxConnections) => {
    const limits = { maxConnections, maxProcesses, queueLength: 100, queueSeconds: 60 };
    slots = new ConnectionSlots(limits, { close, retire });
  };
  beforeEach(() => {
    vi.clearAllMocks();
    vi.useFakeTimers({ toFake: ['performance', 'setTimeout', 'clearTimeout'] });
  });
  afterEach(() => {
    slots.close();
    vi.useRealTimers();
  });

  let servers = 0;
  const entryOf = (accountId: string | undefined, server: ResolvedServer = HTTP) => {
    servers += 1;
    const target = {
      accountId,
      profileId: 'p',
      serverName: `s${servers}`,
      server,
      key: `${servers}`,
    };
    return new PooledConnection(target as ResolvedTarget);
  };
  /** Resolves to whether it has a slot now. */
  const isAdmitted = async (entry: PooledConnection) => {
    void slots.admit(entry).catch(() => undefined);
    await Promise.resolve();
    return !entry.isWaiting;
  };
  const inUse = async (entry: PooledConnection) => {
    expect(await isAdmitted(entry)).toBe(true);
    entry.users = 1;
    entry.opened({} as McpConnection);
    return entry;
  };

  it('ends the turn of a connection of one user before that of one that all share', async () => {
    limit(2);
    await inUse(entryOf(undefined));
    const own = await inUse(entryOf('a'));
    expect(await isAdmitted(entryOf('b'))).toBe(false);
    await vi.advanceTimersByTimeAsync(9000);
    expect(retire).not.toHaveBeenCalled();
    await vi.advanceTimersByTimeAsync(2000);
    expect(retire).toHaveBeenCalledWith(own);
  });

  it('never ends the turn of one that all users share', async () => {
    limit(1);
    await inUse(entryOf(undefined));
    expect(await isAdmitted(entryOf('b'))).toBe(false);
    await vi.advanceTimersByTimeAsync(30_000);
    expect(retire).not.toHaveBeenCalled();
  });

  it('lets one user have a quarter of the slots, and shared servers as many as there are', async () => {
    limit(8);
    for (let count = 0; count < 5; count += 1) await inUse(entryOf(undefined));
    await inUse(entryOf('a'));
    await inUse(entryOf('a'));
    expect(await isAdmitted(entryOf('a'))).toBe(false);
    expect(await isAdmitted(entryOf('b'))).toBe(true);
  });

  it('bounds processes by themselves, and what is none goes on', async () => {
    limit(8, 2);
    const first = await inUse(entryOf(undefined, STDIO));
    await inUse(entryOf('a', STDIO));
    const third = entryOf('b', STDIO);
    expect(await isAdmitted(third)).toBe(false);
    expect(await isAdmitted(entryOf('c'))).toBe(true);
    slots.leave(first);
    await vi.advanceTimersByTimeAsync(0);
    expect(third.isWaiting).toBe(false);
  });
});
