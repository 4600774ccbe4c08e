import { NewDeviceRule } from './new-device.rule.js';
import { aRuleWorld, found } from './testing/rule-world.js';

describe('new devices', () => {
  it('are found where one account has three of them within a day', async () => {
    const world = await aRuleWorld();
    const rule = new NewDeviceRule(world.counters);
    const signIn = (isNewDevice: boolean) =>
      ({ type: 'sign-in.succeeded', ip: '203.0.113.7', accountId: 'ada', isNewDevice }) as const;
    expect(await found(rule, [true, false, true, false, false].map(signIn))).toEqual([]);
    expect(await found(rule, [signIn(true)])).toEqual([
      {
        rule: 'new-device',
        severity: 'low',
        subject: { type: 'account', id: 'ada' },
        evidence: { devices: 3 },
      },
    ]);
    world.pass(27 * 3_600_000);
    expect(await found(rule, [signIn(true)])).toEqual([]);
    await world.close();
  });
});
