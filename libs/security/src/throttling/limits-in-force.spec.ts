import { LimitsInForce } from './limits-in-force.js';

describe('limits that operators have changed', () => {
  const limits = new LimitsInForce();
  beforeEach(() => void vi.useFakeTimers({ toFake: ['Date'] }));
  afterEach(() => void vi.useRealTimers());

  it('end on time, without a look at the database', () => {
    limits.set(new Map([['chat', { hits: 300, end: Date.now() + 60_000 }]]));
    expect([limits.hitsOf('chat', 60), limits.hitsOf('login', 10)]).toEqual([300, 10]);
    vi.setSystemTime(Date.now() + 60_000);
    expect(limits.hitsOf('chat', 60)).toBe(60);
  });

  it('keep to a tenth up to ten times of what is configured now', () => {
    limits.set(new Map([['chat', { hits: 600, end: Infinity }]]));
    expect([60, 30, 5, 10_000].map((configured) => limits.hitsOf('chat', configured))).toEqual([
      600, 300, 50, 1_000,
    ]);
  });
});
