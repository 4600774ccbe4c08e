import { maskSecrets, secretsOf } from './secrets-of.js';

describe('the secrets of a server', () => {
  it('are those of the environment, of headers, and what a name tells of', () => {
    const stdio = {
      transport: 'stdio' as const,
      run: { command: 'x' },
      args: ['--api-key=arg-key', '--token', 'arg-token', '--root', '/data/files', 'plain'],
      env: { DB_PASSWORD: 'env-password', MEMORY_FILE_PATH: '/data/memory.json', KEY: 'abc' },
      folders: [],
    };
    const found = ['env-password', 'arg-token', 'from-env', 'arg-key'];
    expect(secretsOf(stdio, ['from-env'])).toEqual(found);
    const http = {
      transport: 'http' as const,
      allowPrivateAddresses: [],
      passesTrace: false,
      url: 'https://ada:pass-word@h.example/mcp?k=in-query',
      headers: { authorization: 'Bearer in-header' },
    };
    const ofHttp = secretsOf(http, []);
    expect(ofHttp).toEqual(['Bearer in-header', 'in-header', 'pass-word', 'in-query']);
    expect(maskSecrets('Bearer in-header, in-header?k=in-query', ofHttp)).toBe(
      '[secret], [secret]?k=[secret]',
    );
  });

  it.each([
    ['a text that was cut in the middle of one', 0, 16],
    ['a text that was cut soon after its beginning', 0, 5],
  ])('are masked in %s', (_, start, end) => {
    const token = 'opaque-token-of-a-test-1234';
    const text = `You sent ${token} and ${token.slice(start, end)}`;
    expect(maskSecrets(text, ['another', token])).toBe('You sent [secret] and [secret]');
  });
});
