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
  const secret = aSecret();

  it.each([
    ['without secrets', {}, /JWT_SECRET is required; PASSWORD_PEPPER is required/],
    [
      'with one secret for two things',
      { JWT_SECRET: secret, PASSWORD_PEPPER: secret },
      /JWT_SECRET is the same as PASSWORD_PEPPER/,
    ],
  ])('%s is refused with one clear line', async (_, environment, line) => {
    const { code, lines } = await refusedStart({ NODE_ENV: 'production', ...environment });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(line)]);
    expect(lines[0]).not.toContain(secret);
  });

  it('refuses the very secrets that development made for itself', async () => {
    const development = await startGateway();
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
      environment: { ...rest, DATA_DIR: join(DATA_DIR!, 'data') },
    });
    const user = await aUser(first);
    await first.stop();
    const secrets = statSync(join(first.environment.DATA_DIR!, 'development-secrets.json'));
    expect((secrets.mode & 0o777).toString(8)).toBe('600');
    expect(statSync(first.environment.DATA_DIR!).mode & 0o077).toBe(0);
    const second = await startGateway({ environment: { ...first.environment } });
    expect((await call(second, '/api/auth/me', { token: user.token })).status).toBe(200);
  });
});

// What else is refused, and in which words, is in environment.spec.ts and read-profiles.spec.ts: they need no process.
describe('a start with a bad variable', () => {
  it.each([
    ['PORT', 'http', /PORT must be a whole number/],
    ['PROFILES_DIR', '/nowhere', /PROFILES_DIR names no folder/],
    ['DATA_DIR', '/dev/null', /DATA_DIR must name a folder/],
    ['JWT_SECRET_FILE', '/nowhere', /JWT_SECRET_FILE must name a readable file/],
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
  it('is refused with file, field and reason', async () => {
    const profiles = aProfilesDir({ 'bad.json': aProfile('bad', { version: 1 }) });
    const { code, lines } = await refusedStart({ PROFILES_DIR: profiles });
    expect(code).toBe(1);
    expect(lines).toEqual([expect.stringMatching(/bad\.json: version must be string/)]);
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
    await startGateway({ environment: { PORT: port } });
    const { code } = await refusedStart({ PORT: port, JWT_SECRET: aSecret() });
    expect(code).toBe(1);
  });
});
