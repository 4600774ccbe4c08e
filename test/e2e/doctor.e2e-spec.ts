import { chmodSync } from 'node:fs';
import { runCommand } from './command.ts';
import { aSecret, freshStorage, type Gateway, startGateway } from './gateway.ts';

interface Examination {
  readonly status: string;
  readonly checks: readonly { id: string; status: string; finding: string; fix?: string }[];
}

const SECRETS = { JWT_SECRET: aSecret(), PASSWORD_PEPPER: aSecret() };

const examine = async (gateway: Pick<Gateway, 'environment'>, ...words: string[]) => {
  const { code, stdout } = await runCommand(gateway, 'doctor', '--json', ...words);
  const { status, checks } = JSON.parse(stdout) as Examination;
  const statusOf = Object.fromEntries(checks.map((check) => [check.id, check.status]));
  return { code, status, checks, statusOf };
};

describe('the doctor', () => {
  let gateway: Gateway;
  beforeAll(async () => {
    const METRICS_TOKEN = 'a-token-of-the-suite-for-metrics';
    gateway = await startGateway({
      environment: { NODE_ENV: 'production', METRICS_TOKEN, ...SECRETS },
    });
  });
  const onGateway = (environment: Record<string, string> = {}) => ({
    environment: { ...gateway.environment, ...environment },
  });

  it('says what a running gateway in production lacks, and what to do about it', async () => {
    const { code, status, statusOf, checks } = await examine(onGateway(), '--url', gateway.url);
    expect([code, status]).toEqual([1, 'fail']);
    expect(statusOf).toMatchObject({
      mode: 'pass',
      secrets: 'pass',
      // The suite has neither a certificate nor a proxy, and generous limits.
      https: 'fail',
      limits: 'warn',
      service: 'pass',
      validation: 'pass',
      errors: 'pass',
      headers: 'pass',
      cors: 'pass',
      authentication: 'pass',
      'data folder': 'pass',
      database: 'pass',
      backups: 'warn',
      'role reviews': 'pass',
      clock: 'pass',
      'error rate': 'pass',
      'security.txt': 'warn',
    });
    for (const check of checks) expect(Boolean(check.fix)).toBe(check.status !== 'pass');
  });

  it('passes what is set up as it should be, and ends with 0 where nothing has failed', async () => {
    const { code, statusOf } = await examine(
      onGateway({
        TRUST_PROXY: 'loopback',
        PUBLIC_URL: 'https://api.example.org',
        SECURITY_CONTACT: 'mailto:security@example.org',
        SECURITY_CONTACT_EXPIRES: new Date(Date.now() + 100 * 86_400_000).toISOString(),
        LIMIT_API: '',
        LIMIT_GLOBAL: '',
        LIMIT_LOGIN: '',
        LIMIT_CHAT: '',
      }),
      '--url',
      gateway.url,
    );
    expect(statusOf).toMatchObject({ https: 'pass', limits: 'pass', 'security.txt': 'pass' });
    // Nothing on this machine has a certificate for that name.
    const failed = Object.entries(statusOf).filter(([, status]) => status === 'fail');
    expect([code, failed]).toEqual([1, [['certificate', 'fail']]]);
  });

  it('finds a folder that others can read', async () => {
    const { DATA_DIR } = gateway.environment;
    chmodSync(DATA_DIR!, 0o755);
    const { statusOf } = await examine(onGateway(), '--url', gateway.url);
    chmodSync(DATA_DIR!, 0o700);
    expect(statusOf['data folder']).toBe('fail');
  });

  it('says that the gateway is away, and looks at all the rest', async () => {
    const { statusOf } = await examine(onGateway(), '--url', 'http://127.0.0.1:9');
    expect(statusOf).toMatchObject({ service: 'fail', headers: 'warn', database: 'pass' });
  });

  it('shows the same in words, a list for each time', async () => {
    const { code, stdout } = await runCommand(onGateway(), 'doctor');
    expect(code).toBe(1);
    expect(stdout).toMatch(/^before deployment\n {2}pass {2}mode /);
    expect(stdout).toMatch(/^in operation$/m);
    expect(stdout).toMatch(/\n\d+ passed, \d+ to look at, \d+ failed\n$/);
  });
});

describe('a configuration that cannot start', () => {
  it('is the one finding of the doctor', async () => {
    const storage = await freshStorage();
    const { code, checks } = await examine({ environment: { ...storage, NODE_ENV: 'production' } });
    expect(code).toBe(1);
    expect(checks).toEqual([expect.objectContaining({ id: 'configuration', status: 'fail' })]);
  });

  it.each([
    [{ PUBLIC_URL: 'http://api.example.org' }, /PUBLIC_URL must begin with https/],
    [{ ALLOWED_ORIGINS: 'http://app.example.org' }, /ALLOWED_ORIGINS must begin with https/],
  ])('is one with an address in clear text in production: %j', async (variables, words) => {
    const storage = await freshStorage();
    const environment = { ...storage, ...SECRETS, NODE_ENV: 'production', ...variables };
    const { checks } = await examine({ environment });
    expect(checks[0]?.finding).toMatch(words);
  });
});
