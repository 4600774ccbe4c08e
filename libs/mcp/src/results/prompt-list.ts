import { isObject } from '../json/json-text.js';
import type { McpPrompt, McpPromptArgument } from '../targets/mcp-target.js';
import { cleanText } from './clean-text.js';
import { digestOfMembers, ENTRY_NAME } from './entry-definition.js';
import type { ServerList } from './server-list.js';
import type { ToolFault } from './tool-list.js';

export const MAX_PROMPTS = 200;

/** Most arguments of one prompt that are read, and the longest text that is kept of what describes it. Characters. */
const MAX_ARGUMENTS = 50;
const LONGEST_TEXT = 2_000;

/** What a server tells of a prompt, to people. */
const DEFINITION = ['name', 'title', 'description', 'arguments'];

/** The prompts of one server. */
export class PromptList implements ServerList<McpPrompt> {
  readonly faults: ToolFault[] = [];
  private readonly byName = new Map<string, McpPrompt>();
  private index = -1;
  private isCut = false;

  get entries(): McpPrompt[] {
    return [...this.byName.values()];
  }

  get isFull(): boolean {
    return this.isCut || this.byName.size >= MAX_PROMPTS;
  }

  add(given: unknown): void {
    this.index += 1;
    if (this.isFull) return;
    const { prompt, reason } = read(given);
    if (prompt && !this.byName.has(prompt.name)) {
      this.byName.set(prompt.name, prompt);
      return;
    }
    const name = prompt?.name ?? `#${this.index}`;
    this.report('skipped', name, reason ?? 'A prompt of that name is there already.');
  }

  cut(name: string, reason: string): void {
    this.isCut = true;
    this.report('cut', name, reason);
  }

  private report(outcome: ToolFault['outcome'], tool: string, reason: string): void {
    if (this.faults.length < MAX_PROMPTS)
      this.faults.push({ outcome, tool, field: 'prompts', reason });
  }
}

function read(given: unknown): { prompt?: McpPrompt; reason?: string } {
  if (!isObject(given)) return { reason: 'It is no object.' };
  const { name, title, description } = given;
  if (typeof name !== 'string' || !ENTRY_NAME.test(name)) {
    return { reason: 'Its name is no word of 1 to 128 characters.' };
  }
  const digest = digestOfMembers(given, DEFINITION);
  if (digest === undefined) return { reason: 'It is nested too deeply.' };
  return {
    prompt: {
      name,
      ...(typeof title === 'string' && { title: shortText(title) }),
      description: shortText(description),
      arguments: argumentsOf(given.arguments),
      digest,
    },
  };
}

/** One without a usable name cannot be given. */
function argumentsOf(given: unknown): McpPromptArgument[] {
  if (!Array.isArray(given)) return [];
  return given.slice(0, MAX_ARGUMENTS).flatMap((argument: unknown) => {
    const { name, description, required } = isObject(argument) ? argument : {};
    if (typeof name !== 'string' || !ENTRY_NAME.test(name)) return [];
    return [{ name, description: shortText(description), required: required === true }];
  });
}

function shortText(text: unknown): string {
  return typeof text === 'string' ? cleanText(text.slice(0, LONGEST_TEXT)) : '';
}
