import type { ToolFault } from '../results/tool-list.js';
import { ToldFaults } from './told-faults.js';

describe('ToldFaults', () => {
  const fault = (tool: string): ToolFault => ({
    outcome: 'skipped',
    tool,
    field: 'name',
    reason: 'It is odd.',
  });

  it('tells each fault once', () => {
    const onToolFault = vi.fn<(fault: ToolFault) => void>();
    const faults = new ToldFaults({ onToolFault, onListRead: () => undefined });
    faults.tell('tools', [fault('a'), fault('b')]);
    faults.tell('tools', [fault('b'), fault('a')]);
    expect(onToolFault.mock.calls).toEqual([[fault('a')], [fault('b')]]);
  });

  it('ends with one line for a server that has new ones in each list, and remembers no more', () => {
    const onToolFault = vi.fn<(fault: ToolFault) => void>();
    const faults = new ToldFaults({ onToolFault, onListRead: () => undefined });
    for (let list = 0; list < 50; list += 1) {
      const odd = Array.from({ length: 60 }, (_, index) => fault(`${list} ${index}`));
      faults.tell('tools', odd);
    }
    expect(onToolFault).toHaveBeenCalledTimes(101);
    expect(onToolFault).toHaveBeenLastCalledWith(
      expect.objectContaining({ reason: expect.stringMatching(/^20 more faults\./) as string }),
    );
  });
});
