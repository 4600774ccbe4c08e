import type { SignInCleared, SignInFailed } from '@app/signals';
import { CredentialStuffingRule } from './credential-stuffing.rule.js';
import { PasswordSprayingRule } from './password-spraying.rule.js';
import { aRuleWorld, found, type RuleWorld } from './testing/rule-world.js';

const failed = (n: number, ip = '203.0.113.7'): SignInFailed => ({
  type: 'sign-in.failed',
  ip,
  subject: `account ${n}`,
});
const cleared = (n: number): SignInCleared => ({ ...failed(n), type: 'sign-in.cleared' });
const from = <T>(count: number, make: (n: number) => T) =>
  Array.from({ length: count }, (_, n) => make(n));

describe('password spraying', () => {
  let world: RuleWorld;
  let stuffing: CredentialStuffingRule;
  let rule: PasswordSprayingRule;
  beforeEach(async () => {
    world = await aRuleWorld();
    stuffing = new CredentialStuffingRule(world.counters);
    rule = new PasswordSprayingRule(world.counters, stuffing);
  });
  afterEach(() => world.close());

  it('is found where one address fails on as many accounts as the threshold', async () => {
    expect(await found(rule, from(14, failed))).toEqual([]);
    expect(await found(rule, [failed(14)])).toEqual([
      {
        rule: 'password-spraying',
        severity: 'medium',
        subject: { type: 'address', id: '203.0.113.7' },
        evidence: { accounts: 15, signedIn: 0 },
        isContainable: true,
      },
    ]);
  });

  it('takes the addresses of one IPv6 network for one', async () => {
    const findings = await found(
      rule,
      from(15, (n) => failed(n, `2001:db8:7:8::${n + 1}`)),
    );
    expect(findings.map(({ subject }) => subject.id)).toEqual(['2001:db8:7:8::/64']);
  });

  it('is not found where as many get in, nor for slips', async () => {
    await found(
      rule,
      from(20, (n) => cleared(100 + n)),
    );
    expect(await found(rule, from(20, failed))).toEqual([]);
    await found(rule, from(20, cleared));
    expect(
      await found(
        rule,
        from(14, (n) => failed(200 + n)),
      ),
    ).toEqual([]);
  });

  it('takes three accounts while the whole service is under attack', async () => {
    await found(
      stuffing,
      from(200, (n) => failed(n, `198.51.100.${n}`)),
    );
    expect(await found(rule, from(2, failed))).toEqual([]);
    expect(await found(rule, [failed(2)])).toHaveLength(1);
  });

  it('is nothing for one account that is guessed at again and again', async () => {
    expect(
      await found(
        rule,
        from(50, () => failed(1)),
      ),
    ).toEqual([]);
  });
});
