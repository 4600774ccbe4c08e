import { credentialsConfig } from './credentials.config.js';
import { namesOf, PasswordPolicy } from './password-policy.service.js';

describe('PasswordPolicy', () => {
  let policy: PasswordPolicy;
  beforeAll(() => {
    vi.stubEnv('PASSWORD_MIN_SCORE', '2').stubEnv('PASSWORD_CONTEXT_WORDS', 'Analytica');
    policy = new PasswordPolicy(credentialsConfig());
  });
  afterAll(async () => {
    await policy.onApplicationShutdown();
    vi.unstubAllEnvs();
  });

  /** What is said to ada.lovelace of a password; undefined if it is accepted. */
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
  ])('refuses %s, as too little is left without the names in it', async (password) => {
    expect(await reasonFor(password)).toMatch(/your name or the name of this service/);
  });

  it.each(['Password2026!', 'P@ssw0rd2026!!', 'password123', 'qwertyuiop'])(
    'refuses %s, as everybody tries that first',
    async (password) => expect(await reasonFor(password)).toMatch(/most common passwords/),
  );

  it.each([
    'ada.lovelace rides a green bicycle to the moon',
    'the gateway to my quiet garden',
    'dragon monkey shadow thunder',
    'correct horse battery',
    'lovelace-Kx7#vQz2m',
  ])('accepts %s, as enough is left', async (password) => {
    expect(await reasonFor(password)).toBeUndefined();
  });

  it('looks at a text on another thread: what waits for this one has its turn meanwhile', async () => {
    let isDone = false;
    const refusal = reasonFor('4dm1n!p@$$w0rd'.repeat(9)).then(() => (isDone = true));
    await new Promise(setImmediate);
    expect(isDone).toBe(false);
    await refusal;
  });

  it('cannot be told to look at no list at all', () => {
    vi.stubEnv('PASSWORD_MIN_SCORE', '0');
    expect(() => credentialsConfig()).toThrow(/PASSWORD_MIN_SCORE/);
  });
});
