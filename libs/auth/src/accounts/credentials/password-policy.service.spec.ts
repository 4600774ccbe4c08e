import { credentialsConfig } from './credentials.config.js';
import { namesOf, PasswordPolicyService } from './password-policy.service.js';

describe('PasswordPolicy', () => {
  let policy: PasswordPolicyService;
  beforeAll(() => {
    vi.stubEnv('PASSWORD_MIN_SCORE', '2').stubEnv('PASSWORD_CONTEXT_WORDS', 'Analytica');
    policy = new PasswordPolicyService(credentialsConfig());
  });
  afterAll(async () => {
    await policy.onApplicationShutdown();
    vi.unstubAllEnvs();
  });

  /** The refusal of a password for ada.lovelace; undefined if it is accepted. */
  const reasonFor = async (password: string) => {
    const names = namesOf('ada.lovelace', 'countess@example.org');
    const refusal: unknown = await policy
      .assertAcceptable(password, names)
      .catch((e: unknown) => e);
    return (refusal as { extra?: unknown } | undefined) && JSON.stringify(refusal);
  };

  it.each([
    'gateway gateway',
    'mcp gateway 2026!',
    'mcpgateway99',
    'MCP-Gateway!',
    'phone-gateway-1',
    'Analytica#2026',
    'Ada.Lovelace2024!',
    'Lovelace2024!',
    'adalovelace1815',
    'Countess2026!',
  ])('refuses %s, which is weak without the names in it', async (password) => {
    expect(await reasonFor(password)).toMatch(/your name or the name of this service/);
  });

  it.each(['Password2026!', 'P@ssw0rd2026!!', 'password123', 'qwertyuiop'])(
    'refuses %s, which is among the most common',
    async (password) => expect(await reasonFor(password)).toMatch(/most common passwords/),
  );

  it.each([
    'ada.lovelace rides a green bicycle to the moon',
    'the gateway to my quiet garden',
    'dragon monkey shadow thunder',
    'correct horse battery',
    'lovelace-Kx7#vQz2m',
  ])('accepts %s, which is strong without the names and common words', async (password) => {
    expect(await reasonFor(password)).toBeUndefined();
  });

  it('estimates on another thread and leaves the event loop free', async () => {
    let isDone = false;
    const refusal = reasonFor('4dm1n!p@$$w0rd'.repeat(9)).then(() => (isDone = true));
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    await refusal;
  });

  it('cannot be configured to skip the lists of common passwords', () => {
    vi.stubEnv('PASSWORD_MIN_SCORE', '0');
    expect(() => credentialsConfig()).toThrow(/PASSWORD_MIN_SCORE/);
  });
});
