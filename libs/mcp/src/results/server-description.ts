import type { McpServerDescription } from '../targets/mcp-target.js';
import { cleanText } from './clean-text.js';

/** Most of each text that is taken. Characters. */
const LONGEST_NAME = 100;
const LONGEST_INSTRUCTIONS = 4_000;

/** What a server has said of itself at the handshake; a member that is no text counts as none. */
export function toServerDescription(
  implementation: object = {},
  instructions?: string,
): McpServerDescription {
  const { name, title, version } = implementation as Record<string, unknown>;
  const shownTitle = textOf(title, LONGEST_NAME);
  return {
    name: textOf(name, LONGEST_NAME),
    ...(shownTitle !== '' && { title: shownTitle }),
    version: textOf(version, LONGEST_NAME),
    instructions: textOf(instructions, LONGEST_INSTRUCTIONS),
  };
}

function textOf(given: unknown, longest: number): string {
  return typeof given === 'string' ? cleanText(given).trim().slice(0, longest).toWellFormed() : '';
}
