import { type ServicePart, SwitchBoard } from './switch-board.js';

describe('the board of what is off', () => {
  const notes = { scope: 'profile', target: 'notes' } as const;
  let board: SwitchBoard;
  beforeEach(() => {
    vi.useFakeTimers();
    board = new SwitchBoard();
  });
  afterEach(() => vi.useRealTimers());

  it('knows a part by its scope and its name', () => {
    board.switchOff(notes, Infinity);
    board.switchOff({ scope: 'chat' }, Infinity);
    expect([board.isOff('profile', 'notes'), board.isOff('chat')]).toEqual([true, true]);
    expect([board.isOff('profile', 'tasks'), board.isOff('server', 'notes')]).toEqual([
      false,
      false,
    ]);
    board.switchOn(notes);
    board.switchOn(notes);
    expect([board.isOff('profile', 'notes'), board.isOff('chat')]).toEqual([false, true]);
  });

  it('knows which names there are, where it was told', () => {
    expect(board.mayExist(notes)).toBe(true);
    board.declare('profile', ['tasks']);
    expect([board.mayExist(notes), board.mayExist({ ...notes, target: 'tasks' })]).toEqual([
      false,
      true,
    ]);
    expect(board.mayExist({ scope: 'server', target: 'notes' })).toBe(true);
  });

  it('has a part on again when its time is over', () => {
    board.switchOff(notes, Date.now() + 1_000);
    expect(board.isOff('profile', 'notes')).toBe(true);
    vi.advanceTimersByTime(1_000);
    expect(board.isOff('profile', 'notes')).toBe(false);
    expect(board.firstOff([notes])).toBeUndefined();
  });

  it('stops the running work of a part, once, and no other work', () => {
    type Stop = (off: ServicePart) => void;
    const [stopped, other] = [vi.fn<Stop>(), vi.fn<Stop>()];
    const end = board.watch([{ scope: 'chat' }, notes], stopped);
    board.watch([{ scope: 'chat' }, { scope: 'profile', target: 'tasks' }], other);
    board.switchOff(notes, Date.now() + 1_000);
    board.switchOff(notes, Infinity);
    expect(stopped.mock.calls).toEqual([[notes]]);
    expect(other).not.toHaveBeenCalled();
    end();
    board.switchOff({ scope: 'chat' }, Infinity);
    expect([stopped.mock.calls.length, other.mock.calls.length]).toEqual([1, 1]);
  });
});
