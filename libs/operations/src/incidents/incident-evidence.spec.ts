import { RULE_IDS } from '../detection/settings/rule-settings.js';
import { entryTextOf, kindOfRule, LONGEST_TITLE, titleOf } from './incident-evidence.js';

const FOUND = {
  id: '0193a1f2-7c1b-7d30-9a44-0e6f4a1b2c3d',
  rule: 'password-spraying',
  accountId: null,
  address: '203.0.113.9',
  object: null,
  count: 3,
  firstSeenAt: '2026-11-28T03:10:00.000Z',
  lastSeenAt: '2026-11-28T03:20:00.000Z',
};

describe('what an incident takes over from an event', () => {
  it('is of a kind that fits, whatever rule has found it', () => {
    expect(RULE_IDS.filter((rule) => kindOfRule(rule) === 'other')).toEqual([]);
    expect(kindOfRule('password-spraying')).toBe('credential_attack');
    expect(kindOfRule('of a former release')).toBe('other');
  });

  it('names what it is about, in a title that is not too long', () => {
    expect(titleOf(FOUND)).toBe('password-spraying: address 203.0.113.9');
    expect(titleOf({ ...FOUND, address: null })).toBe('password-spraying: the whole service');
    const object = `${'a'.repeat(100)}/${'b'.repeat(100)}`;
    expect(titleOf({ ...FOUND, address: null, object })).toHaveLength(LONGEST_TITLE);
  });

  it('says when and how often it was found', () => {
    expect(entryTextOf(FOUND)).toBe(
      `Found 3 times, ${FOUND.firstSeenAt} to ${FOUND.lastSeenAt}: address 203.0.113.9. Event ${FOUND.id}.`,
    );
    expect(entryTextOf({ ...FOUND, count: 1, address: null, accountId: FOUND.id })).toBe(
      `Found at ${FOUND.firstSeenAt}: account ${FOUND.id}. Event ${FOUND.id}.`,
    );
  });
});
