import { releaseStartMemory } from './release-start-memory.js';

describe('the memory of a start', () => {
  let utilization: number;
  beforeEach(() => {
    vi.useFakeTimers();
    vi.spyOn(performance, 'eventLoopUtilization').mockImplementation(() => ({
      idle: 0,
      active: 0,
      utilization,
    }));
  });
  afterEach(() => {
    vi.useRealTimers();
    vi.restoreAllMocks();
  });

  it('is given back once, and not while the process has something to do', () => {
    const shrink = vi.fn<() => void>();
    utilization = 0.5;
    releaseStartMemory(shrink);
    vi.advanceTimersByTime(60_000);
    expect(shrink).not.toHaveBeenCalled();
    utilization = 0.01;
    vi.advanceTimersByTime(60_000);
    expect(shrink).toHaveBeenCalledOnce();
  });
});
