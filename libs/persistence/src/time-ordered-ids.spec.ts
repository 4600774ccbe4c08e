import { v7 } from 'uuid';
import { firstIdOf, LOWEST_ID, momentOfId } from './time-ordered-ids.js';

describe('the first id of a moment', () => {
  const moment = new Date('2026-11-27T08:15:00.123Z');
  const idsAt = (msecs: number) => [
    v7({ msecs, random: new Uint8Array(16) }),
    v7({ msecs, random: new Uint8Array(16).fill(0xff) }),
    v7({ msecs }),
  ];

  it('is higher than each id before the moment, and lower than each from it on', () => {
    const first = firstIdOf(moment);
    for (const id of idsAt(moment.getTime() - 1)) expect(id < first).toBe(true);
    for (const id of idsAt(moment.getTime())) expect(id > first).toBe(true);
  });

  it('tells its moment, as every id does', () => {
    for (const id of [firstIdOf(moment), ...idsAt(moment.getTime())]) {
      expect(momentOfId(id)).toEqual(moment);
    }
  });

  it('is the lowest for what is before 1970, and bounds what no id can tell', () => {
    expect(firstIdOf(new Date(-1))).toBe(LOWEST_ID);
    expect(firstIdOf(new Date(8.64e15))).toBe('ffffffff-ffff-0000-0000-000000000000');
  });

  it('is none of an invalid date', () => {
    expect(() => firstIdOf(new Date(Number.NaN))).toThrow('not a moment');
  });
});
