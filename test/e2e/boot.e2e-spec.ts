import { statSync } from 'node:fs';
import { join } from 'node:path';
import { aUser, call } from './client.ts';
import { aSecret, freshStorage, freePort, spawnGateway, startGateway } from './gateway.ts';
import { aProfile, aProfilesDir } from './profiles.ts';

/** Starts a gateway that must not come up; what it said, and how it ended. */
async function refusedStart(environment: Record<string, string>) {
  const child = spawnGateway({ ...(await freshStorage()), ...environment });
  const code = await new Promise<number | null>((done) => child.process.once('close', done));
  return { code, lines: child.output().trim().split('\n') };
}

describe('a start in production', () => {
  const secret = 'q'.repeat(40);

  it.each([
    ['without secrets', {}, /JWT_SECRET is required; PASSWORD_PEPPER is required/],
    ['with a short secret', { JWT_SECRET: 'short', PASSWORD_PEPPER: secret }, /JWT_SECRET.*32/],
    [
      'with a development secret',
      { JWT_SECRET: `development-only-${secret}`, PASSWORD_PEPPER: secret },
      /JWT_SECRET is a development secret/,
    ],
    ['without a pepper', { JWT_SECRET: secret }, /PASSWORD_PEPPER is required/],
  ])('%s is refused with one clear line', async (_, environment, line) => {
    const { code, lines } = await refusedStart({ NODE_ENV: 'production', ...environment });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(lines[0]).not.toContain(secret);
  });

  it('refuses the very secrets that development made for itself', async () => {
    const development = await startGateway({ asProcess: true });
    await development.stop();
    const { DATA_DIR } = development.environment;
    const made = (await import(join(DATA_DIR!, 'development-secrets.json'), {
      with: { type: 'json' },
    })) as { default: { jwtSecret: string; passwordPepper: string } };
    const { code, lines } = await refusedStart({
      NODE_ENV: 'production',
      JWT_SECRET: made.default.jwtSecret,
      PASSWORD_PEPPER: made.default.passwordPepper,
    });
    expect(code).toBe(1);
    expect(lines).toHaveLength(1);
    expect(lines[0]).toMatch(/JWT_SECRET is a development secret/);
  });

  it('takes any NODE_ENV that it does not know for production', async () => {
    const { code, lines } = await refusedStart({ NODE_ENV: 'staging' });
    expect([code, lines.length]).toEqual([1, 1]);
  });
});

describe('a start in development', () => {
  it('makes its own secrets, for its owner only, and keeps them', async () => {
    // Below a folder that is there, in one that is not: the gateway makes it, for its owner only.
    const { DATA_DIR, ...rest } = await freshStorage();
    const first = await startGateway({
      asProcess: true,
      environment: { ...rest, DATA_DIR: join(DATA_DIR!, 'data') },
    });
    const user = await aUser(first);
    await first.stop();
    const secrets = statSync(join(first.environment.DATA_DIR!, 'development-secrets.json'));
    expect((secrets.mode & 0o777).toString(8)).toBe('600');
    expect(statSync(first.environment.DATA_DIR!).mode & 0o077).toBe(0);
    const second = await startGateway({ asProcess: true, environment: { ...first.environment } });
    expect((await call(second, '/api/auth/me', { token: user.token })).status).toBe(200);
  });
});

describe('a start with a bad variable', () => {
  it.each([
    ['PORT', 'http', /PORT must be a number/],
    ['LIMIT_CHAT', '60', /LIMIT_CHAT must be a limit such as 100\/15m/],
    ['ALLOWED_ORIGINS', '*', /ALLOWED_ORIGINS must list origins/],
    ['ALLOWED_ORIGINS', 'https://a.example/path', /ALLOWED_ORIGINS must list origins/],
    ['TRUST_PROXY', 'true', /TRUST_PROXY must list addresses/],
    ['TRUST_PROXY', '0.0.0.0/0', /TRUST_PROXY must list addresses/],
    ['DATABASE_URL', 'mysql://localhost/x', /DATABASE_URL must be a valid uri/],
    ['TLS_CERT', '/nowhere.pem', /TLS_CERT and TLS_KEY go together/],
    ['PROFILES_DIR', '/nowhere', /PROFILES_DIR names no folder/],
    ['PERSONAL_TOOLS_URL', 'http://127.0.0.1:1/mcp', /PERSONAL_TOOLS_URL needs/],
    ['LOG_LEVEL', 'loud', /LOG_LEVEL must be one of/],
    ['SMTP_URL', 'smtp://mail.example.org', /MAIL_FROM is required with SMTP_URL/],
    ['SMTP_URL', 'smtp://mail.example.org?secure=false', /SMTP_URL must be smtps:/],
    ['MAIL_FROM', 'Eve <eve@example.org>, ada@example.org', /MAIL_FROM must be an address/],
    ['MAIL_APP_LINK', 'http://app.example.org', /MAIL_APP_LINK must be like https:/],
    ['EMAIL', 'perhaps', /EMAIL must be one of/],
  ])('%s=%s is refused with one line that names it', async (name, value, line) => {
    const { code, lines } = await refusedStart({ [name]: value });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(line)]);
  });

  it('names all of them at once', async () => {
    const { lines } = await refusedStart({ PORT: 'x', LIMIT_API: 'y', LOG_LEVEL: 'z' });
    expect(lines).toEqual([expect.stringMatching(/PORT.*LIMIT_API.*LOG_LEVEL/)]);
  });
});

describe('a start with a bad profile', () => {
  it.each([
    ['no JSON', '{', /bad\.json: not JSON/],
    ['a missing field', { ...aProfile('bad'), name: undefined }, /bad\.json: .*'name'/],
    ['a wrong type', aProfile('bad', { version: 1 }), /bad\.json: version must be string/],
    ['an unknown field', aProfile('bad', { colour: 'red' }), /bad\.json: .*"colour"/],
    [
      'a limit out of bounds',
      aProfile('bad', { limits: { seconds: 0, resultBytes: 65_536 } }),
      /bad\.json: limits\/seconds must be >= 1/,
    ],
    [
      'a transport that is none',
      aProfile('bad', { servers: [{ name: 'x', transport: 'telnet' }] }),
      /bad\.json: servers\/0\/transport .*built-in, stdio, http/,
    ],
    [
      'a stdio server without a command',
      aProfile('bad', {
        servers: [{ name: 'x', transport: 'stdio' }],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0/,
    ],
    [
      'data of users outside of their folders',
      aProfile('bad', {
        servers: [
          {
            name: 'x',
            transport: 'stdio',
            command: 'x',
            args: ['--store', '{dataDir}/stores'],
            env: { OWNER: '{userId}' },
          },
        ],
        allowedTools: { x: ['a'] },
      }),
      /bad\.json: servers\/0 names \{userId\} with \{dataDir\}/,
    ],
    ['an id unlike its file', aProfile('good'), /bad\.json: id "good" differs/],
    [
      'tools of a server that is not there',
      aProfile('bad', { allowedTools: { other: ['x'] } }),
      /bad\.json: allowedTools names a server "other"/,
    ],
    [
      'a default tool that is not allowed',
      aProfile('bad', { defaultTool: { name: 'delete_note', argument: 'number' } }),
      /bad\.json: defaultTool\/name "delete_note" is not among/,
    ],
    [
      'a built-in server that does not exist',
      aProfile('bad', {
        servers: [{ name: 'imaginary', transport: 'built-in' }],
        allowedTools: { imaginary: ['x'] },
      }),
      /bad\.json: servers\/0\/name "imaginary" is not built in/,
    ],
  ])('%s is refused with file, field and reason', async (_, content, line) => {
    const { code, lines } = await refusedStart({
      PROFILES_DIR: aProfilesDir({ 'bad.json': content }),
    });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(line)]);
  });

  it('is not refused for one that is switched off: it is just not there', async () => {
    const gateway = await startGateway({
      environment: {
        PROFILES_DIR: aProfilesDir({ 'off.json': aProfile('off', { active: false }) }),
      },
    });
    const user = await aUser(gateway);
    expect((await call(gateway, '/api/profiles', { token: user.token })).text).not.toContain(
      '"off"',
    );
    expect((await call(gateway, '/api/profiles/off', { token: user.token })).status).toBe(404);
  });
});

describe('a start on a port that is taken', () => {
  it('ends at once', async () => {
    const port = String(await freePort());
    await startGateway({ asProcess: true, environment: { PORT: port } });
    const { code } = await refusedStart({ PORT: port, JWT_SECRET: aSecret() });
    expect(code).toBe(1);
  });
});
