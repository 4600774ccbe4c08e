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
      url: 'https://ada:pass-word@h.example/mcp?k=in-query',
      headers: { authorization: 'Bearer in-header' },
    };
    const ofHttp = secretsOf(http, []);
    expect(ofHttp).toEqual(['Bearer in-header', 'in-header', 'pass-word', 'in-query']);
    expect(maskSecrets('Bearer in-header, in-header?k=in-query', ofHttp)).toBe(
      '[secret], [secret]?k=[secret]',
    );
  });
});
