import { randomBytes, randomInt, randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { isGuessable, refuseWeakSecrets } from './secret-strength.js';

const strong = () => randomBytes(48).toString('base64');
const production = { NODE_ENV: 'production' };
const refusal = (environment: Record<string, string>) => () =>
  refuseWeakSecrets(['JWT_SECRET', 'JWT_SECRET_PREVIOUS', 'PASSWORD_PEPPER'], environment);

describe('a secret that can be guessed', () => {
  it.each([
    ['one letter', 'q'.repeat(32)],
    ['one letter with a little after it', `${'a'.repeat(26)}x7Kd9Q`],
    ['two letters in turns', 'ab'.repeat(20)],
    ['a word again and again', 'correct horse '.repeat(3)],
    ['hexadecimal digits again and again', '0123456789abcdef'.repeat(4)],
    ['a short random part again and again', 'k3Vq9z'.repeat(7)],
    ['digits in their order', '12345678901234567890123456789012'],
    ['the alphabet', 'abcdefghijklmnopqrstuvwxyz0123456789'],
    ['the alphabet backwards', 'zyxwvutsrqponmlkjihgfedcba987654321'],
    ['a placeholder', 'changeme-changeme-changeme-change'],
    ['a placeholder with digits', 'changeme123456789changeme987654321'],
    ['another one', 'CHANGE_ME_TO_A_LONG_RANDOM_STRING_PLEASE'],
    ['words that say what it is', 'this-is-a-very-long-secret-key-for-jwt-tokens'],
    ['words that say what it should be', 'your-secret-key-at-least-32-characters-long'],
    ['a keyboard', 'qwertyuiopasdfghjklqwertyuiopasdfghjkl'],
    ['columns of a keyboard', '1qaz2wsx3edc4rfv5tgb1qaz2wsx3edc4rfv'],
    ['rows of a keyboard in turns', 'q1w2e3r4t5y6u7i8q1w2e3r4t5y6u7i8o9'],
    ['a passphrase that everybody knows', 'correcthorsebatterystaplecorrecthorse'],
    ['words of a tutorial', 'my-32-character-ultra-secure-and-ultra-long-secret'],
    ['words with signs for letters', 'Sup3rS3cr3tK3ySup3rS3cur3P4ssw0rd1'],
    ['spaces around one letter', ` ${'z'.repeat(40)} `],
  ])('is refused in production: %s', (_, value) => {
    const environment = { ...production, JWT_SECRET: value, PASSWORD_PEPPER: strong() };
    expect(refusal(environment)).toThrow(/^Invalid configuration: JWT_SECRET is easy to guess; /);
    expect(refusal(environment)).not.toThrow(value.trim());
    expect(refusal({ ...environment, NODE_ENV: 'test' })).not.toThrow();
  });

  it('is refused in whichever variable it is, and each is named', () => {
    const weak = { JWT_SECRET_PREVIOUS: 'x'.repeat(40), PASSWORD_PEPPER: 'y'.repeat(40) };
    expect(refusal({ ...production, JWT_SECRET: strong(), ...weak })).toThrow(
      /JWT_SECRET_PREVIOUS is easy to guess; PASSWORD_PEPPER is easy to guess/,
    );
  });

  it('is refused if it is that of another variable, also with a space after it', () => {
    const secret = strong();
    expect(refusal({ ...production, JWT_SECRET: secret, PASSWORD_PEPPER: `${secret} ` })).toThrow(
      /JWT_SECRET is the same as PASSWORD_PEPPER/,
    );
    const token = { PERSONAL_TOOLS_TOKEN: secret, PASSWORD_PEPPER: strong() };
    expect(refusal({ ...production, JWT_SECRET: secret, ...token })).toThrow(
      /JWT_SECRET is the same as PERSONAL_TOOLS_TOKEN/,
    );
  });
});

describe('a secret in a file', () => {
  it('is held against the same rules', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secrets-'));
    const file = join(folder, 'jwt');
    const secret = strong();
    const environment = { ...production, JWT_SECRET_FILE: file, PASSWORD_PEPPER: secret };
    for (const [content, reason] of [
      ['k'.repeat(40), /JWT_SECRET is easy to guess/],
      [`${secret}\n`, /JWT_SECRET is the same as PASSWORD_PEPPER/],
    ] as const) {
      writeFileSync(file, content);
      expect(refusal(environment)).toThrow(reason);
    }
    writeFileSync(file, strong());
    expect(refusal(environment)).not.toThrow();
    rmSync(folder, { recursive: true });
  });
});

describe('a secret that a generator has made', () => {
  const made = [
    () => randomBytes(16).toString('hex'),
    () => randomBytes(32).toString('hex').toUpperCase(),
    () => randomBytes(24).toString('base64'),
    () => randomBytes(48).toString('base64url'),
    () => `${randomUUID()}${randomUUID()}`,
    () => randomUUID(),
    () => Array.from({ length: 32 }, () => randomInt(10)).join(''),
  ];

  it('is never refused', () => {
    for (let n = 0; n < 3_000; n += 1) {
      for (const make of made) {
        const secret = make();
        expect([secret, isGuessable(secret)]).toEqual([secret, false]);
      }
    }
  });

  it('nor does any text make the check fail', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 32, unit: 'binary' }), (text) => {
        expect(typeof isGuessable(text)).toBe('boolean');
      }),
    );
  });
});
