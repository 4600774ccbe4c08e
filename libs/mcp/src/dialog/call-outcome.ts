import type { McpToolResult } from '../targets/mcp-target.js';
import type { McpDialog, McpInputRequired } from './mcp-dialog.js';

export interface CallOptions<Dialog extends McpDialog | undefined> {
  /** The run's deadline and its cancellation; bounds connecting, too. */
  readonly signal: AbortSignal;
  /** Most bytes of UTF-8 in the text of the result. */
  readonly maxResultBytes: number;
  /** What the server may ask during the call; nothing without one. */
  readonly dialog?: Dialog;
}

/** Only who lets a server ask can be asked. */
export type CallOutcome<Dialog extends McpDialog | undefined> = Dialog extends McpDialog
  ? McpToolResult | McpInputRequired
  : McpToolResult;
