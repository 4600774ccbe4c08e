import { timestamp } from './timestamp.js';

describe('a timestamp', () => {
  it('is what Date writes, whatever moments come one after the other', () => {
    const start = Date.UTC(2026, 0, 31, 23, 59, 58, 990);
    const moments = Array.from({ length: 3_000 }, (_, n) => start + n).concat(0, start, 999, 1_000);
    expect(moments.map((moment) => timestamp(moment))).toEqual(
      moments.map((moment) => new Date(moment).toISOString()),
    );
  });
});
