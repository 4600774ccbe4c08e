import { Logger } from '@nestjs/common';
import type { StoredClients } from '../clients/stored-clients.js';
import type { Grant, OAuthClient } from '../oauth/grant.js';
import { oauthFetch } from '../oauth/oauth-fetch.js';
import type { ConnectionStore, RenewedTokens } from '../store/connection-store.js';
import type { PendingRevocation } from '../store/pending-revocation.entity.js';
import type { PendingRevocations } from '../store/pending-revocations.js';
import { ServerConnection } from '../store/server-connection.entity.js';
import { TokenRenewal } from './token-renewal.js';

const ISSUER = 'https://auth.example';
const OPERATOR: OAuthClient = { client_id: 'operator', client_secret: 'new-secret' };
const PAST = new Date(1);
const FUTURE = new Date(Date.now() + 3_600_000);

/** One row. Its lease is free unless a renewal has it. */
class OneConnection {
  row: ServerConnection | null;
  released: number[] = [];
  /** Writes that fail before one succeeds. */
  failures = 0;

  constructor(
    readonly grant: Grant,
    expiresAt: Date,
  ) {
    this.row = {
      id: 'c',
      version: 1,
      state: 'connected',
      issuer: ISSUER,
      scope: '',
      renewAt: PAST,
      expiresAt,
      leaseId: null,
      leaseUntil: null,
      sealedGrant: JSON.stringify(grant),
    } as ServerConnection;
  }

  get = () => Promise.resolve(this.row && Object.assign(new ServerConnection(), this.row));
  seal = (_: string, grant: Grant) => JSON.stringify(grant);
  grantOf = ({ sealedGrant }: ServerConnection) => JSON.parse(sealedGrant) as Grant;
  readableGrant = this.grantOf;
  isActive = () => Promise.resolve(true);
  lease = () => {
    const { leaseId, leaseUntil } = this.row!;
    const isFree = leaseId === null && (leaseUntil === null || leaseUntil! < new Date());
    if (!isFree) return Promise.resolve(undefined);
    this.row!.leaseId = 'lease';
    return Promise.resolve('lease');
  };
  release = (_: ServerConnection, __: string, pauseMs: number) => {
    this.released.push(pauseMs);
    Object.assign(this.row!, { leaseId: null, leaseUntil: new Date(Date.now() + pauseMs) });
    return Promise.resolve();
  };
  expire = (_: ServerConnection, leaseId?: string) => {
    const isHeld = leaseId === undefined || this.row!.leaseId === leaseId;
    if (isHeld) this.row!.state = 'expired';
    return Promise.resolve(isHeld);
  };
  renew = (_: ServerConnection, leaseId: string, { grant, ...times }: RenewedTokens) => {
    if (this.failures-- > 0) return Promise.reject(new Error('no database'));
    if (this.row?.leaseId !== leaseId) return Promise.resolve(false);
    const { renewAt, expiresAt } = times;
    const sealedGrant = JSON.stringify(grant);
    Object.assign(this.row, { sealedGrant, renewAt, expiresAt, leaseId: null });
    return Promise.resolve(true);
  };
}

describe('the renewal of a token', () => {
  const forgotten: string[] = [];
  const asked: { url: string; body: URLSearchParams }[] = [];
  beforeAll(() => Logger.overrideLogger(false));
  const pending = new Map<string, PendingRevocation>();
  beforeEach(() => {
    [forgotten, asked].forEach((list) => list.splice(0));
    pending.clear();
  });

  const setUp = (
    answer: (url: string) => Response | Promise<Response>,
    { client = OPERATOR, expiresAt = PAST }: { client?: OAuthClient; expiresAt?: Date } = {},
  ) => {
    const metadata = {
      issuer: ISSUER,
      authorization_endpoint: `${ISSUER}/auth`,
      token_endpoint: `${ISSUER}/token`,
      revocation_endpoint: `${ISSUER}/revoke`,
      response_types_supported: ['code'],
    };
    const resource = 'https://mcp.example/';
    const tokens = { accessToken: 'old-access', refreshToken: 'old-refresh' };
    const store = new OneConnection({ metadata, client, resource, ...tokens }, expiresAt);
    const forget = (_: string, id: string) => Promise.resolve(void forgotten.push(id));
    const renewal = new TokenRenewal(
      store as unknown as ConnectionStore,
      { forget } as unknown as StoredClients,
      {
        keep: (one: PendingRevocation) => Promise.resolve(void pending.set(one.id, one)),
        forget: (id: string) => Promise.resolve(void pending.delete(id)),
      } as unknown as PendingRevocations,
    );
    const send = (url: string | URL, init?: RequestInit) => {
      asked.push({ url: String(url), body: new URLSearchParams(init?.body as URLSearchParams) });
      return Promise.resolve(answer(String(url)));
    };
    const oauth = oauthFetch({ send, allowsLoopback: false });
    const token = () => renewal.token('c', 'server', { client: OPERATOR, oauth });
    return { store, token, renewal };
  };
  const refusal = (error: string) => () => Response.json({ error }, { status: 400 });
  const issued =
    (more: object = {}) =>
    () =>
      Response.json({ access_token: 'new', token_type: 'Bearer', refresh_token: 'next', ...more });

  it.each(['invalid_client', 'unauthorized_client'])(
    'ends nothing where the client of the operator is refused with %s, and waits a minute',
    async (code) => {
      const { store, token } = setUp(refusal(code));
      await expect(token()).rejects.toMatchObject({ code: 'mcp_unavailable' });
      expect(store.row!.state).toBe('connected');
      expect([store.released, forgotten]).toEqual([[60_000], []]);
      // Nor is the server asked again before.
      await expect(token()).rejects.toMatchObject({ code: 'mcp_unavailable' });
      expect(asked).toHaveLength(1);
    },
  );

  it('has a registered client forgotten that is unknown by now', async () => {
    const { store, token } = setUp(refusal('invalid_client'), { client: { client_id: 'abc' } });
    await expect(token()).rejects.toMatchObject({ code: 'mcp_authorization_required' });
    expect([store.row!.state, forgotten]).toEqual(['expired', ['abc']]);
  });

  it.each([
    ['bad_refresh_token', PAST, 'expired'],
    ['bad_refresh_token', FUTURE, 'connected'],
    ['temporarily_unavailable', PAST, 'connected'],
    ['slow_down', PAST, 'connected'],
    ['invalid_grant', FUTURE, 'expired'],
  ])('takes %s for what it is', async (code, expiresAt, state) => {
    const { store, token, renewal } = setUp(refusal(code), { expiresAt });
    await token().catch(() => undefined);
    await renewal.beforeApplicationShutdown();
    expect(store.row!.state).toBe(state);
  });

  it('keeps no call waiting that has a valid token', async () => {
    let answer!: () => void;
    const answered = new Promise<void>((resolve) => (answer = resolve));
    const held = async () => (await answered, issued()());
    const { token, renewal } = setUp(held, { expiresAt: FUTURE });
    expect(await token()).toBe('old-access');
    answer();
    await renewal.beforeApplicationShutdown();
    expect(await token()).toBe('new');
  });

  it('asks for the resource, as the client of the operator with the secret of today', async () => {
    const old = { client_id: 'operator', client_secret: 'old-secret' };
    const { token, store } = setUp(issued(), { client: old });
    await token();
    expect(asked[0]!.body.get('resource')).toBe('https://mcp.example/');
    expect(store.grantOf(store.row!).client).toEqual(OPERATOR);
  });

  it('keeps what was issued although the database fails for a moment', async () => {
    const { token, store } = setUp(issued());
    store.failures = 1;
    expect(await token()).toBe('new');
    expect(store.grantOf(store.row!).refreshToken).toBe('next');
  });

  it('neither ends nor revokes what another renewal has got, its lease having run out', async () => {
    const refused = setUp(() => (takeOver(refused.store), refusal('invalid_grant')()));
    await expect(refused.token()).rejects.toMatchObject({ code: 'mcp_unavailable' });
    expect(refused.store.row!.state).toBe('connected');
    const late = setUp(() => (takeOver(late.store), issued()()));
    expect(await late.token()).toBe('new');
    expect(asked.filter(({ url }) => url.endsWith('/revoke'))).toEqual([]);
  });
  const takeOver = ({ row }: OneConnection) => Object.assign(row!, { leaseId: 'another' });

  it('revokes what it has got for a connection that is gone', async () => {
    const gone = setUp((url) => {
      gone.store.row = null;
      return url.endsWith('/revoke') ? new Response() : issued()();
    });
    await expect(gone.token()).rejects.toMatchObject({ code: 'mcp_authorization_required' });
    expect(asked.at(-1)!.body.get('token')).toBe('next');
    expect(pending.size).toBe(0);
  });

  it('has it revoked later where it cannot be now, under an id of its own', async () => {
    const pendingAtRevocation: number[] = [];
    const gone = setUp((url) => {
      gone.store.row = null;
      if (!url.endsWith('/revoke')) return issued()();
      pendingAtRevocation.push(pending.size);
      return new Response(null, { status: 503 });
    });
    await expect(gone.token()).rejects.toMatchObject({ code: 'mcp_authorization_required' });
    // A crash during the attempt loses nothing either.
    expect(pendingAtRevocation).toEqual([1]);
    const [kept] = pending.values();
    expect(kept!.id).not.toBe('c');
    expect(JSON.parse(kept!.sealedGrant)).toMatchObject({ refreshToken: 'next' });
  });

  it('takes no longer than its lease, with all redirects of the token endpoint', async () => {
    vi.useFakeTimers();
    const signals: AbortSignal[] = [];
    vi.spyOn(AbortSignal, 'timeout').mockImplementation((ms) => {
      const controller = new AbortController();
      setTimeout(() => controller.abort(new DOMException('late', 'TimeoutError')), ms);
      signals.push(controller.signal);
      return controller.signal;
    });
    try {
      const slow = async () => {
        await new Promise((resolve) => setTimeout(resolve, 4_000));
        if (signals.some(({ aborted }) => aborted)) throw new DOMException('late', 'TimeoutError');
        return new Response(null, { status: 307, headers: { location: `${ISSUER}/more` } });
      };
      const { token } = setUp(slow);
      const refused = token().catch((error: unknown) => error);
      await vi.advanceTimersByTimeAsync(60_000);
      expect(await refused).toMatchObject({ code: 'mcp_unavailable' });
      expect(asked.length).toBeLessThanOrEqual(3);
    } finally {
      vi.restoreAllMocks();
      vi.useRealTimers();
    }
  });

  it.each([null, '', 0, -5, 'never', '1e999'])(
    'takes %j for no time that is told',
    async (expires_in) => {
      const { token, store } = setUp(issued({ expires_in, scope: null, id_token: 5 }));
      expect(await token()).toBe('new');
      expect([store.row!.renewAt, store.row!.expiresAt]).toEqual([null, null]);
    },
  );

  it.each([
    [2 ** 63, 365 * 86_400],
    [0.001, 1],
  ])('bounds a life of %d seconds', async (expires_in, seconds) => {
    const { token, store } = setUp(issued({ expires_in }));
    const before = Date.now();
    await token();
    const left = store.row!.expiresAt!.getTime() - before;
    expect(Math.abs(left / 1000 - seconds)).toBeLessThan(30);
    expect(store.row!.renewAt!.getTime()).toBeGreaterThan(before);
  });

  it.each([{ access_token: '' }, { access_token: 'a\nb' }, { access_token: 'a'.repeat(20_000) }])(
    'takes no token that cannot be sent',
    async (odd) => {
      const { token, store } = setUp(issued(odd));
      await expect(token()).rejects.toMatchObject({ code: 'mcp_unavailable' });
      expect(store.grantOf(store.row!).accessToken).toBe('old-access');
    },
  );
});
