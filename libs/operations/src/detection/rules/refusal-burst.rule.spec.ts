import type { RequestRefused } from '@app/signals';
import { RefusalBurstRule } from './refusal-burst.rule.js';
import { aRuleWorld, found, type RuleWorld } from './testing/rule-world.js';

const refused = (more: Partial<RequestRefused> = {}): RequestRefused => ({
  type: 'request.refused',
  ip: '203.0.113.7',
  status: 404,
  code: 'not_found',
  ...more,
});
const times = <T>(count: number, signal: T) => Array.from({ length: count }, () => signal);

describe('a burst of refusals', () => {
  let world: RuleWorld;
  let rule: RefusalBurstRule;
  beforeEach(async () => {
    world = await aRuleWorld();
    rule = new RefusalBurstRule(world.counters);
  });
  afterEach(() => world.close());

  it('of an address is found, by status, and its address may be blocked', async () => {
    await found(rule, times(60, refused()));
    await found(rule, times(39, refused({ status: 401, code: 'unauthenticated' })));
    expect(await found(rule, [refused({ status: 403, code: 'forbidden' })])).toEqual([
      {
        rule: 'refusal-burst',
        severity: 'medium',
        subject: { type: 'address', id: '203.0.113.7' },
        evidence: { refusals: 100, status401: 39, status403: 1, status404: 60 },
        isContainable: true,
      },
    ]);
  });

  it('of an account is its own, and blocks no address', async () => {
    await found(rule, times(99, refused()));
    const ofAda = refused({ accountId: 'ada', status: 403, code: 'forbidden' });
    expect(await found(rule, times(99, ofAda))).toEqual([]);
    const [finding] = await found(rule, [ofAda]);
    expect(finding).toMatchObject({ subject: { type: 'account', id: 'ada' } });
    expect(finding!.isContainable).toBe(false);
  });

  it.each([
    'token_expired',
    'invalid_token',
    'session_ended',
    'invalid_credentials',
    'blocked',
    'use_dpop_nonce',
  ])('is none of %s, which phones in ordinary use meet', async (code) => {
    expect(await found(rule, times(300, refused({ status: 401, code })))).toEqual([]);
  });

  it('is none over a longer time', async () => {
    for (let n = 0; n < 20; n += 1) {
      expect(await found(rule, times(40, refused()))).toEqual([]);
      world.pass(6 * 60_000);
    }
  });
});
