import type { McpTool } from '@app/mcp';
import { ArgumentSchemas } from '../engine/argument-schema.js';
import { type Arguments, parseArguments } from '../engine/command-arguments.js';
import { parseCommand, UnreadableCommandError } from '../engine/command.js';
import type { Profile } from '../profiles/profile.js';

/** A message that an assistant offers by itself, and the call that it becomes where no language model answers. */
export interface DefaultCommand {
  readonly message: string;
  readonly tool: string;
  /** @throws UnreadableCommandError if it does not fit the tool */
  readonly argumentsFor: (tool: McpTool) => Arguments;
}

/** What the suggestions of a profile become; those that become no call are left out. */
export function defaultCommands({ suggestions = [], defaultTool }: Profile): DefaultCommand[] {
  return suggestions.flatMap(({ text, command: message = text }): DefaultCommand[] => {
    const typed = parseCommand(message);
    if (typed) {
      const argumentsFor = ({ inputSchema }: McpTool) => parseArguments(typed.input, inputSchema);
      return [{ message, tool: typed.name, argumentsFor }];
    }
    if (!defaultTool) return [];
    const argumentsFor = () => ({ [defaultTool.argument]: message });
    return [{ message, tool: defaultTool.name, argumentsFor }];
  });
}

/** Why the default tool cannot be called with a text alone; undefined if it can. */
export function faultOfDefaultTool(tool: McpTool, argument: string): string | undefined {
  const { properties, required } = new ArgumentSchemas(tool.inputSchema).arguments();
  if (!properties.has(argument)) return `defaultTool: ${tool.name} has no argument "${argument}"`;
  const others = required.filter((name) => name !== argument);
  return others.length > 0
    ? `defaultTool: ${tool.name} cannot do without ${others.join(', ')}`
    : undefined;
}

/** Why a command cannot be read; anything else is no fault of its author. */
export function asFault(error: unknown): string {
  if (error instanceof UnreadableCommandError) return error.message;
  throw error;
}
