import { challengeParameters } from './bearer-challenge.js';

const read = (header: string) => challengeParameters(new Headers({ 'www-authenticate': header }));

describe('the challenge of a server', () => {
  it.each([
    ['Bearer', {}],
    ['Bearer scope="a b", error="invalid_token"', { scope: 'a b', error: 'invalid_token' }],
    ['Bearer error = insufficient_scope ,SCOPE="a"', { error: 'insufficient_scope', scope: 'a' }],
    [
      'Bearer realm="say \\"hi, x=1\\"", scope="a", scope="b"',
      { realm: 'say "hi, x=1"', scope: 'a' },
    ],
    [
      'Basic realm="x", Bearer resource_metadata="https://a/b"',
      { realm: 'x', resource_metadata: 'https://a/b' },
    ],
    ['Bearer scope="a", realm="without an end', { scope: 'a' }],
    [`Bearer ${'n'.repeat(200)}=x, scope="a"`, { scope: 'a' }],
  ])('is read: %s', (header, parameters) => {
    expect(read(header)).toEqual(parameters);
  });

  it.each(['a'.repeat(8_000), '= '.repeat(4_000), 'a='.repeat(4_000), `a="${'\\x'.repeat(4_000)}`])(
    'holds up nothing, whatever it is',
    (header) => {
      const before = performance.now();
      for (let n = 0; n < 100; n += 1) read(header);
      // A hundred of them; with an expression that backtracks each took as long.
      expect(performance.now() - before).toBeLessThan(1_000);
    },
  );
});
