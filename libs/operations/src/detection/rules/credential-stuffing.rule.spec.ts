import type { SignInCleared, SignInFailed } from '@app/signals';
import { CredentialStuffingRule } from './credential-stuffing.rule.js';
import { aRuleWorld, found, type RuleWorld } from './testing/rule-world.js';

const failed = (n: number): SignInFailed => ({
  type: 'sign-in.failed',
  ip: `198.51.${n >> 8}.${n & 0xff}`,
  subject: `account ${n}`,
});
const cleared = (n: number): SignInCleared => ({ ...failed(n), type: 'sign-in.cleared' });
const from = <T>(count: number, make: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

describe('credential stuffing', () => {
  let world: RuleWorld;
  let rule: CredentialStuffingRule;
  beforeEach(async () => {
    world = await aRuleWorld();
    rule = new CredentialStuffingRule(world.counters);
  });
  afterEach(() => world.close());

  it('is found from the threshold on, with what was counted', async () => {
    expect(await found(rule, from(199, failed))).toEqual([]);
    expect(await rule.isUnderAttack()).toBe(false);
    expect(await found(rule, [failed(199)])).toEqual([
      {
        rule: 'credential-stuffing',
        severity: 'high',
        subject: { type: 'service', id: 'gateway' },
        evidence: { pairs: 200, addresses: 200, signedIn: 0 },
      },
    ]);
    expect(await rule.isUnderAttack()).toBe(true);
  });

  it('counts an account and an address once', async () => {
    expect(
      await found(
        rule,
        from(500, () => failed(1)),
      ),
    ).toEqual([]);
  });

  it('does not count those who get in afterwards', async () => {
    await found(rule, from(199, failed));
    await found(rule, from(199, cleared));
    expect(
      await found(
        rule,
        from(198, (n) => failed(1_000 + n)),
      ),
    ).toEqual([]);
  });

  it('is not found where many more sign in than fail', async () => {
    await found(
      rule,
      from(1_000, (n) => cleared(5_000 + n)),
    );
    expect(await found(rule, from(400, failed))).toEqual([]);
    expect(
      await found(
        rule,
        from(200, (n) => failed(1_000 + n)),
      ),
    ).not.toEqual([]);
  });

  it('is over when the window has passed', async () => {
    await found(rule, from(200, failed));
    world.pass(17 * 60_000);
    expect(await rule.isUnderAttack()).toBe(false);
  });

  it('is nothing where the rule is off', async () => {
    const off = new CredentialStuffingRule(world.with('credential-stuffing', undefined));
    expect(await found(off, from(300, failed))).toEqual([]);
    expect(await off.isUnderAttack()).toBe(false);
  });
});
