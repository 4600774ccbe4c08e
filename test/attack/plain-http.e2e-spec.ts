import { aSecret, type Gateway, startGateway } from '../e2e/gateway.ts';

const production = (environment: Record<string, string>) =>
  startGateway({
    environment: {
      NODE_ENV: 'production',
      JWT_SECRET: aSecret(),
      PASSWORD_PEPPER: aSecret(),
      // No address that this test has.
      PLAIN_HTTP_FROM: '192.0.2.1',
      ...environment,
    },
  });

const signIn = (gateway: Gateway, headers: Record<string, string> = {}, path = '/api/auth/login') =>
  fetch(gateway.url + path, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify({ username: 'ada', password: 'correct horse battery staple' }),
  });

const codeOf = async (answer: Response) =>
  ((await answer.json()) as { error: { code: string } }).error.code;

describe('a call of the API over plain HTTP, in production', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await production({});
  });

  it('is refused, and its connection ends: it is redirected nowhere', async () => {
    const answer = await signIn(gateway);
    expect(answer.status).toBe(403);
    expect(answer.headers.get('location')).toBeNull();
    expect(answer.headers.get('connection')).toBe('close');
    expect(await codeOf(answer)).toBe('https_required');
  });

  it('is refused whatever the client says of itself', async () => {
    const answer = await signIn(gateway, {
      'X-Forwarded-Proto': 'https',
      Forwarded: 'proto=https',
    });
    expect(await codeOf(answer)).toBe('https_required');
  });

  it.each(['/%61pi/auth/login', '/api/is-not-there', '/api'])('is refused as %s', async (path) => {
    expect(await codeOf(await signIn(gateway, {}, path))).toBe('https_required');
  });

  it('is refused with no right to spend a limit or to try a password', () => {
    expect(gateway.log()).not.toContain('auth.refused');
  });

  it('leaves probes alone', async () => {
    expect((await fetch(`${gateway.url}/health`)).status).toBe(200);
  });
});

describe('behind a proxy that ends TLS', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    gateway = await production({ TRUST_PROXY: '127.0.0.1' });
  });

  it('a call is what the proxy says that the client has used', async () => {
    const codes = await Promise.all(
      ['https', 'HTTPS', 'http', 'https, http', 'http, https', ''].map(async (proto) =>
        codeOf(await signIn(gateway, { 'X-Forwarded-Proto': proto })),
      ),
    );
    const taken = 'invalid_credentials';
    const refused = 'https_required';
    expect(codes).toEqual([taken, taken, refused, refused, taken, refused]);
  });
});

describe('on this machine', () => {
  it('a call needs no TLS where nothing else is said', async () => {
    const gateway = await production({ PLAIN_HTTP_FROM: '' });
    expect(await codeOf(await signIn(gateway))).toBe('invalid_credentials');
  });
});
