import { ConfigurationError } from '@app/config';
import fc from 'fast-check';
import { randomBytes } from 'node:crypto';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { assertValidEnvironment } from './environment.js';

const ROOT = join(import.meta.dirname, '../../../..');

/** Every variable that a schema names. */
const VARIABLES = [
  ...new Set(
    globSync('{apps,libs}/*/src/**/*.config.ts', { cwd: ROOT }).flatMap((path) =>
      [...readFileSync(join(ROOT, path), 'utf8').matchAll(/^\s+([A-Z][A-Z0-9_]+)\??: /gm)].map(
        ([, name]) => name!,
      ),
    ),
  ),
];

/** Pieces of what people write into one variable or another, legal and not. */
const PIECES = [
  ['true', 'FALSE', '1', '0', 'yes', 'off', '30d', '30 d', 'P30D', '2592000s', '100/15m', '1/m'],
  ['https://', 'http://', 'capacitor://', 'postgres://', 'redis://', 'smtp://', 'tcp://', '//'],
  ['localhost', 'h.example', 'bücher.example', '10.0.0.0', '::', '[::1]', '::ffff:0:0', '*'],
  ['/8', '/8.5', '/0', ':443', ':99999', '/gw', '?a=b', '#x', '@', '%', '%zz', ',', ';', ' '],
  ['"', "'", '<a@b.example>', 'null', 'undefined', '1e3', '0x10', '-1', '\r', '\n', '\0', '\\'],
  ['/etc', '/dev/null', '/nowhere', '{}', '$HOME', '😀', '\ud800', 'x'.repeat(40), 'optional'],
].flat();

const value = fc.oneof(
  fc.array(fc.constantFrom(...PIECES), { maxLength: 5 }).map((pieces) => pieces.join('')),
  fc.string({ maxLength: 60, unit: 'binary' }),
  fc.webUrl({ withQueryParameters: true, withFragments: true }),
  fc.emailAddress(),
  fc.ipV6(),
);

const name = fc.oneof(
  fc.constantFrom(...VARIABLES),
  fc.constantFrom(...VARIABLES).map((variable) => `${variable}_FILE`),
);

describe('the environment', () => {
  const inherited = process.env;
  const dataDir = mkdtempSync(join(tmpdir(), 'environment-'));
  afterEach(() => void (process.env = inherited));
  afterAll(() => rmSync(dataDir, { recursive: true }));

  it('has the variables that are tried below', () => {
    expect(VARIABLES).toEqual(expect.arrayContaining(['PORT', 'JWT_SECRET', 'TRUST_PROXY']));
    expect(VARIABLES.length).toBeGreaterThan(45);
  });

  // `npm run fuzz` tries other environments for a minute.
  it.each(['production', 'test'])(
    'gives a configuration or one line that says what is wrong, whatever is in it (%s)',
    (mode) => {
      fc.assert(
        fc.property(fc.dictionary(name, value, { maxKeys: 8 }), (environment) => {
          process.env = { ...environment, NODE_ENV: mode, DATA_DIR: dataDir };
          const reason = reasonAgainstStart();
          if (reason === undefined) return;
          expect(reason).toMatch(/^Invalid configuration: [A-Z][A-Z0-9_]+ .+$/);
          expect(repeatedIn(reason, environment)).toEqual([]);
        }),
        { seed: 8, numRuns: 100 },
      );
    },
  );

  it.each(['/dev/null', 'a\0b'])('names DATA_DIR where it is %j', (folder) => {
    process.env = { NODE_ENV: 'test', DATA_DIR: folder };
    expect(reasonAgainstStart()).toMatch(/^Invalid configuration: DATA_DIR must name a folder/);
  });

  it.each([
    ['LIMIT_CHAT', '60', /LIMIT_CHAT must be a limit such as 100\/15m/],
    ['ALLOWED_ORIGINS', '*', /ALLOWED_ORIGINS must list origins/],
    ['ALLOWED_ORIGINS', 'https://a.example/path', /ALLOWED_ORIGINS must list origins/],
    ['TRUST_PROXY', 'true', /TRUST_PROXY must list addresses/],
    ['TRUST_PROXY', '10.0.0.0/8.5', /TRUST_PROXY must list addresses/],
    ['TRUST_PROXY', '0.0.0.0/1,128.0.0.0/1', /TRUST_PROXY must list addresses/],
    ['DATABASE_URL', 'mysql://localhost/x', /DATABASE_URL must be a valid uri/],
    ['DATABASE_URL', 'postgres://h/x?sslmode=prefer', /DATABASE_URL has sslmode=prefer, which may/],
    ['DATABASE_URL', 'postgres://h/x?ssl_mode=require', /DATABASE_URL has a param.*: ssl_mode/],
    ['TLS_CERT', '/nowhere.pem', /TLS_CERT and TLS_KEY go together/],
    ['PERSONAL_TOOLS_URL', 'http://127.0.0.1:1/mcp', /PERSONAL_TOOLS_URL needs/],
    ['JWT_SECRET_FILE', '/nowhere', /JWT_SECRET_FILE must name a readable file/],
    ['LOG_LEVEL', 'loud', /LOG_LEVEL must be one of/],
    ['SMTP_URL', 'smtp://mail.example.org', /MAIL_FROM is required with SMTP_URL/],
    ['SMTP_URL', 'smtp://mail.example.org?secure=false', /SMTP_URL must be smtps:/],
    ['MAIL_FROM', 'Eve <eve@example.org>, ada@example.org', /MAIL_FROM must be an address/],
    ['MAIL_APP_LINK', 'http://app.example.org', /MAIL_APP_LINK must be like https:/],
    ['EMAIL', 'perhaps', /EMAIL must be one of/],
  ])('refuses %s=%s in one line that names it', (variable, value, line) => {
    process.env = { NODE_ENV: 'test', DATA_DIR: dataDir, [variable]: value };
    expect(reasonAgainstStart()).toMatch(line);
    expect(reasonAgainstStart()).not.toContain('\n');
  });

  const secret = randomBytes(32).toString('base64url');
  it.each([
    ['with a short secret', { JWT_SECRET: 'short', PASSWORD_PEPPER: secret }, /JWT_SECRET.*32/],
    [
      'with a development secret',
      { JWT_SECRET: `development-only-${secret}`, PASSWORD_PEPPER: secret },
      /JWT_SECRET is a development secret/,
    ],
    [
      'with a secret of one letter',
      { JWT_SECRET: 'q'.repeat(40), PASSWORD_PEPPER: secret },
      /^Invalid configuration: JWT_SECRET is easy to guess; generate one with: openssl rand/,
    ],
    [
      'with a placeholder for the pepper and for the token of the tools',
      {
        JWT_SECRET: secret,
        PASSWORD_PEPPER: 'changeme-changeme-changeme-changeme',
        PERSONAL_TOOLS_TOKEN: 'changeme-changeme-changeme-please-now',
      },
      /PASSWORD_PEPPER is easy to guess; .*PERSONAL_TOOLS_TOKEN is easy to guess/,
    ],
    ['without a pepper', { JWT_SECRET: secret }, /PASSWORD_PEPPER is required/],
  ])('in production refuses a start %s', (_, environment, line) => {
    process.env = { NODE_ENV: 'production', DATA_DIR: dataDir, ...environment };
    const reason = reasonAgainstStart();
    expect(reason).toMatch(line);
    expect(reason).not.toContain('\n');
    expect(reason).not.toContain(secret);
  });

  it('is taken when every variable is there and empty', () => {
    process.env = Object.fromEntries(VARIABLES.map((variable) => [variable, '']));
    Object.assign(process.env, { NODE_ENV: 'test', DATA_DIR: dataDir });
    expect(reasonAgainstStart()).toBeUndefined();
  });
});

/** The one line, or undefined if the gateway would start. Anything else that is thrown is a bug. */
function reasonAgainstStart(): string | undefined {
  try {
    assertValidEnvironment();
    return undefined;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

/** The variables whose value is in the line. A short value may be part of the message or of an example in it. */
function repeatedIn(line: string, environment: Record<string, string>): string[] {
  return Object.entries(environment)
    .filter(([, text]) => text.trim().length >= 12 && !EXAMPLES.test(text))
    .filter(([, text]) => line.includes(text.trim()))
    .map(([variable]) => variable);
}

/** Parts of the examples in our own lines. */
const EXAMPLES = /^[\s"'\w./:<>@-]{0,20}$/;
