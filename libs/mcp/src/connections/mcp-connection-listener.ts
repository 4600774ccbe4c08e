import type { DialogRules } from '../dialog/open-dialogs.js';
import type { MessageListener } from '../dialog/server-messages.js';
import type { ToolFault } from '../results/tool-list.js';
import type { ListName } from './server-records.js';

/** What is told of a server while it is used. */
export interface McpConnectionListener extends DialogRules, MessageListener {
  /** A tool is left out or mended. */
  readonly onToolFault: (fault: ToolFault) => void;
  /** A list was read: all that is wrong with it. */
  readonly onListRead: (list: ListName, faults: readonly ToolFault[]) => void;
}
