import { ReturnTimes } from './return-times.js';

describe('ReturnTimes', () => {
  let now: number;
  let times: ReturnTimes;
  beforeEach(() => {
    now = 0;
    times = new ReturnTimes(() => now);
  });

  it('follows the pace at which slots come free', () => {
    for (let slot = 0; slot < 50; slot += 1) {
      now += 500;
      times.served();
    }
    const told = ['a', 'b', 'c', 'd'].map((owner) => times.next(20, owner));
    expect(told).toEqual([11, 12, 12, 13]);
    times.pause();
    now += 3_600_000;
    times.served();
    expect(times.next(0, 'e')).toBe(1);
    expect(times.next(1_000_000, 'f')).toBe(300);
  });

  it('tells each owner a time of its own', () => {
    expect(['a', 'b', 'c'].map((owner) => times.next(2, owner))).toEqual([3, 4, 5]);
  });

  it('lets no owner who asks again and again make others wait', () => {
    const first = times.next(0, 'greedy');
    for (let again = 0; again < 1000; again += 1) expect(times.next(0, 'greedy')).toBe(first);
    for (let again = 0; again < 1000; again += 1) times.after(100);
    expect(times.next(0, 'other')).toBe(2);
    now = 1000;
    expect(times.next(0, 'greedy')).toBe(2);
  });

  it('tells one who waits behind its own calls how long those take', () => {
    expect([0, 10, 100_000].map((turns) => times.after(turns))).toEqual([1, 10, 300]);
  });
});
