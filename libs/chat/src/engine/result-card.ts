import type { McpTool } from '@app/mcp';
import { toolTitle } from './tool-title.js';

/** How much of a result is shown beside the answer. Characters. */
const LONGEST_TEXT = 4_000;

/** What a person is shown of the result of a tool: text, whatever the server meant it to be. */
export interface ResultCard {
  readonly title: string;
  readonly text: string;
  /** There is more of it. */
  readonly isCut?: true;
}

export function resultCard(tool: Pick<McpTool, 'name' | 'title'>, text: string): ResultCard {
  const title = toolTitle(tool);
  if (text.length <= LONGEST_TEXT) return { title, text };
  return { title, text: text.slice(0, LONGEST_TEXT).toWellFormed(), isCut: true };
}
