import { randomBytes } from 'node:crypto';
import { credentialsConfig } from './credentials.config.js';

describe('PASSWORD_COST', () => {
  beforeEach(() => void vi.stubEnv('PASSWORD_PEPPER', randomBytes(32).toString('base64')));
  afterEach(() => vi.unstubAllEnvs());

  it.each(['production', 'development'])('is not lower in %s than ASVS approves', (mode) => {
    vi.stubEnv('NODE_ENV', mode).stubEnv('PASSWORD_COST', '9');
    expect(() => credentialsConfig()).toThrow(/PASSWORD_COST must be .*10/);
    vi.stubEnv('PASSWORD_COST', '10');
    expect(credentialsConfig().cost).toBe(10);
  });

  it('may be as low as bcrypt allows in mode test', () => {
    vi.stubEnv('NODE_ENV', 'test').stubEnv('PASSWORD_COST', '4');
    expect(credentialsConfig().cost).toBe(4);
  });
});
