import { OpenStreams, type OpenStream, type StreamEnd } from './open-streams.js';

const HEARTBEAT_MS = 15_000;
const LOOK_INTERVAL_MS = 500;

/** A stream that notes what it is asked to do. */
class NotedStream implements OpenStream {
  lastWriteAt = performance.now();
  beats = 0;
  readonly ends: StreamEnd[] = [];

  beat(): void {
    this.beats += 1;
    this.lastWriteAt = performance.now();
  }

  cut(reason: StreamEnd): void {
    this.ends.push(reason);
  }
}

describe('the open streams of a process', () => {
  let streams: OpenStreams;
  beforeEach(() => {
    vi.useFakeTimers();
    streams = new OpenStreams({ mostPerAccount: 3 });
  });
  afterEach(() => {
    streams.onModuleDestroy();
    vi.useRealTimers();
  });

  const open = (accountId = 'one', sessionId = accountId) => {
    const stream = new NotedStream();
    const place = streams.reserve({ accountId, sessionId, address: '192.0.2.1' });
    place.fill(stream);
    return { stream, place };
  };

  it('have a heartbeat every 15 seconds, and none where something was written', () => {
    const [silent, busy] = [open().stream, open().stream];
    for (let second = 0; second < 60; second += 1) {
      vi.advanceTimersByTime(1_000);
      busy.lastWriteAt = performance.now();
    }
    expect(silent.beats).toBe(4);
    expect(busy.beats).toBe(0);
  });

  it('are written to in groups, so that a thousand of them do not hold up other calls', () => {
    const all = Array.from({ length: 1_000 }, (_, n) => open(`account-${n}`).stream);
    const beats = () => all.reduce((sum, { beats: one }) => sum + one, 0);
    for (let looks = 0; looks < HEARTBEAT_MS / LOOK_INTERVAL_MS; looks += 1) {
      const before = beats();
      vi.advanceTimersByTime(LOOK_INTERVAL_MS);
      expect(beats() - before).toBeLessThanOrEqual(500);
    }
    expect(beats()).toBe(1_000);
  });

  it('are bounded for each account, and a place is given back once', () => {
    const [{ place }] = [open(), open(), open()];
    expect(() => open()).toThrow(expect.objectContaining({ code: 'too_many_streams' }));
    open('another');
    place.release();
    place.release();
    open();
    expect(() => open()).toThrow(expect.objectContaining({ code: 'too_many_streams' }));
  });

  it('end with their session, and say so', () => {
    const [mine, other] = [open('one', 'ended').stream, open('one', 'kept').stream];
    streams.endSessions(new Set(['ended']));
    expect([mine.ends, other.ends]).toEqual([['session_ended'], []]);
  });

  it('end at a shutdown, also the one that is only just opened, and no other one begins', () => {
    const { stream } = open();
    const late = streams.reserve({ accountId: 'late', sessionId: 'late', address: '192.0.2.1' });
    streams.onModuleDestroy();
    const lateStream = new NotedStream();
    late.fill(lateStream);
    expect([stream.ends, lateStream.ends]).toEqual([['restarting'], ['restarting']]);
    expect(() => open('later')).toThrow(expect.objectContaining({ code: 'unavailable' }));
  });
});
