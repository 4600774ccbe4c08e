import { serverConnectionsConfig } from './server-connections.config.js';

describe('serverConnectionsConfig', () => {
  afterEach(() => vi.unstubAllEnvs());

  const returnTo = (address: string | undefined) => {
    vi.stubEnv('CONNECTIONS_RETURN_URL', address);
    return serverConnectionsConfig().returnUrl;
  };

  it.each([
    undefined,
    'https://app.example.org/connected',
    'https://app.example.org/connected?from=gateway',
    'org.example.app:/connected',
    'org.example.app://connected',
  ])('has people come back to a claimed https link, or to a scheme of the app: %s', (address) => {
    expect(returnTo(address)).toBe(address);
  });

  it.each([
    'http://app.example.org/connected',
    'HTTP://app.example.org',
    'javascript:alert(1)',
    'data:text/html,x',
    'file:///etc/passwd',
    'app:/connected',
    'https://',
    'https://user:password@app.example.org/',
    'org.example.app:/connected#x',
    'org.example.app:/conn ected',
    'https:\\\\app.example.org',
    '*',
    'connected',
  ])('refuses an address that opens no app, or any: %s', (address) => {
    expect(() => returnTo(address)).toThrow(/CONNECTIONS_RETURN_URL/);
  });
});
