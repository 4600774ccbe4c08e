import type { PinsFile, ToolPin } from '../profiles/read-pins.js';

export const DEFINITION_KINDS = ['tool', 'prompt'] as const;
export type DefinitionKind = (typeof DEFINITION_KINDS)[number];

/** The pin of a tool or a prompt. A name that every object has, such as `constructor`, is none by itself. */
export function pinOf(
  { tools, prompts = {} }: PinsFile,
  kind: DefinitionKind,
  name: string,
): ToolPin | undefined {
  const known = kind === 'tool' ? tools : prompts;
  return Object.hasOwn(known, name) ? known[name] : undefined;
}

/** Whether a definition is the one that a person has reviewed, told by the same server. */
export function isAsPinned(pin: ToolPin, server: string, digest: string): boolean {
  return pin.sha256 === digest && pin.server === server;
}
