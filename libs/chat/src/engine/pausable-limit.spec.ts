import { PausableLimit } from './pausable-limit.js';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it('is over when its time is, as a timeout', () => {
  const limit = new PausableLimit(100);
  vi.advanceTimersByTime(99);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.reason).toMatchObject({ name: 'TimeoutError' });
});

it('stands still while it is paused, also twice at once', () => {
  const limit = new PausableLimit(100);
  vi.advanceTimersByTime(60);
  limit.pause();
  limit.pause();
  vi.advanceTimersByTime(1_000);
  limit.resume();
  vi.advanceTimersByTime(1_000);
  limit.resume();
  vi.advanceTimersByTime(39);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

it('begins again when it is extended, and not while it is paused', () => {
  const limit = new PausableLimit(100);
  vi.advanceTimersByTime(99);
  limit.extend();
  vi.advanceTimersByTime(99);
  limit.pause();
  limit.extend();
  vi.advanceTimersByTime(1_000);
  limit.resume();
  vi.advanceTimersByTime(99);
  expect(limit.signal.aborted).toBe(false);
  vi.advanceTimersByTime(1);
  expect(limit.signal.aborted).toBe(true);
});

it('is given up once', () => {
  const limit = new PausableLimit(100);
  limit.pause();
  limit.giveUp(new Error('enough'));
  limit.resume();
  vi.advanceTimersByTime(1_000);
  expect(limit.signal.reason).toMatchObject({ message: 'enough' });
});
