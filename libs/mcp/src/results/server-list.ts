import type { ToolFault } from './tool-list.js';

/** The entries of one list of a server, read one by one: an odd one costs itself at most, and never the list. */
export interface ServerList<Entry> {
  readonly entries: Entry[];
  readonly faults: readonly ToolFault[];
  /** Nothing that follows is taken any more. */
  readonly isFull: boolean;
  add(given: unknown): void;
  /** Ends a list that does not end by itself. */
  cut(name: string, reason: string): void;
}
