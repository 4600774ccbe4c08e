import type { ToolFault } from '../results/tool-list.js';
import type { McpConnectionListener } from './mcp-connection-listener.js';
import type { ListName } from './server-records.js';

/** Most faults of one connection that are told one by one: a server may have new names for them with each list. */
const MOST_TOLD = 100;

/** What is wrong with the lists of a connection. They are read again and again; each fault is told once. */
export class ToldFaults {
  private readonly told = new Set<string>();
  private saysNoMore = false;

  constructor(
    private readonly listener: Pick<McpConnectionListener, 'onToolFault' | 'onListRead'>,
  ) {}

  tell(list: ListName, faults: readonly ToolFault[]): void {
    this.listener.onListRead(list, faults);
    let untold = 0;
    for (const fault of faults) {
      const key = JSON.stringify(fault);
      if (this.told.has(key)) continue;
      if (this.told.size >= MOST_TOLD) {
        untold += 1;
        continue;
      }
      this.told.add(key);
      this.listener.onToolFault(fault);
    }
    if (untold === 0 || this.saysNoMore) return;
    this.saysNoMore = true;
    const reason = `${untold} more faults. No further ones of this connection are told.`;
    this.listener.onToolFault({ outcome: 'skipped', tool: '', field: faults[0]!.field, reason });
  }
}
