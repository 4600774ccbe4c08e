import { isAddress, requestAddress } from './request-address.js';

const aRequest = (url: string, host?: string, encrypted = false) =>
  ({ url, headers: { host }, raw: { socket: { encrypted } } }) as never;

const addressOf = (url: string, host?: string, publicUrl?: string) =>
  requestAddress(aRequest(url, host), publicUrl)?.href;

describe('the address of a request', () => {
  it('has the configured origin, regardless of Host', () => {
    const publicUrl = 'https://api.example.org';
    for (const host of ['api.example.org', 'evil.example', 'localhost', undefined]) {
      expect(addressOf('/api/x', host, publicUrl)).toBe('https://api.example.org/api/x');
    }
  });

  it('has the path prefix that a proxy strips', () => {
    const publicUrl = 'https://h.example/gw';
    expect(addressOf('/api/x', undefined, publicUrl)).toBe('https://h.example/gw/api/x');
    expect(addressOf('//evil.example/x', undefined, publicUrl)).toBe(
      'https://h.example/gw//evil.example/x',
    );
  });

  it.each(['localhost:3000', '127.0.0.1:3000', '[::1]:3000', 'LOCALHOST'])(
    'without one is a loopback address: %s',
    (host) => {
      expect(addressOf('/api/x', host)).toBe(`http://${host.toLowerCase()}/api/x`);
      expect(requestAddress(aRequest('/api/x', host, true), undefined)?.protocol).toBe('https:');
    },
  );

  it.each([
    'api.example.org',
    'localhost.evil.example',
    'evil.example#localhost',
    'localhost@evil.example',
    'localhost:x',
    '127.0.0.1.evil.example',
    '192.0.2.1',
    '',
    undefined,
  ])('without one is undefined for any other host: %s', (host) => {
    expect(addressOf('/api/x', host)).toBeUndefined();
  });

  it('keeps its host for any path', () => {
    expect(addressOf('//evil.example/api/x', 'localhost')).toBe(
      'http://localhost//evil.example/api/x',
    );
    expect(addressOf('http://evil.example/api/x', 'localhost')).toBeUndefined();
  });
});

describe('htu', () => {
  const address = new URL('https://api.example.org/api/x?page=2');

  it.each([
    'https://api.example.org/api/x',
    'https://api.example.org:443/api/x',
    'HTTPS://API.example.org/api/x?page=3#top',
    'https://api.example.org/api/y/../x',
  ])('names it as %s', (htu) => expect(isAddress(htu, address)).toBe(true));

  it.each([
    'http://api.example.org/api/x',
    'https://api.example.org:8443/api/x',
    'https://api.example.org/api/x/',
    'https://api.example.org/api/X',
    'https://me@api.example.org/api/x',
    'https://api.example.org.evil.example/api/x',
    'javascript:alert(1)',
    '/api/x',
    '',
  ])('does not name it as %s', (htu) => expect(isAddress(htu, address)).toBe(false));
});
