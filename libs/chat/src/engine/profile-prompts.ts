import { type McpPrompt, McpPrompts, type McpToolResult } from '@app/mcp';
import { Injectable } from '@nestjs/common';
import { anySignal } from 'any-signal';
import { ToolPins } from '../pins/tool-pins.js';
import { targetOf } from '../profiles/profile-target.js';
import { type Profile, serverOfPrompt } from '../profiles/profile.js';
import { parseArguments } from './command-arguments.js';
import type { Described } from './command.view.js';
import type { Turn } from './engine.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import type { ToolCaller } from './profile-tools.js';
import { PausableLimit } from './pausable-limit.js';

/** The longest text of a prompt: a model has to read it beside what was said before. Bytes. */
const MAX_PROMPT_BYTES = 16_384;

/** What can be used now, and the names of what cannot. */
export interface AvailableCommands {
  readonly commands: readonly Described[];
  readonly unavailable: readonly string[];
}

/** The prompts that a profile allows, and no other, as commands. */
@Injectable()
export class ProfilePrompts {
  constructor(
    private readonly prompts: McpPrompts,
    private readonly pins: ToolPins,
    private readonly switches: SwitchedParts,
  ) {}

  /** A server that is away hides its own prompts alone. */
  async list({ profile, accountId, signal }: ToolCaller): Promise<AvailableCommands> {
    const { allowedPrompts = {} } = profile;
    const servers = profile.servers.filter(({ name }) => allowedPrompts[name]);
    const lists = await Promise.all(
      servers.map(({ name }) =>
        this.ofServer({ profile, accountId, signal }, name).catch((): McpPrompt[] => []),
      ),
    );
    const found = lists.flat();
    const names = Object.values(allowedPrompts).flat();
    return {
      commands: found.map(commandOf),
      unavailable: names.filter((name) => !found.some((prompt) => prompt.name === name)),
    };
  }

  /**
   * What a prompt says with the arguments as they were written; undefined for one that its server does not have, or
   * that is not as pinned.
   *
   * @throws UnreadableCommandError @throws McpError @throws ChatError `tool_off`
   */
  async say(turn: Turn, name: string, typed: string): Promise<McpToolResult | undefined> {
    const { profile, accountId } = turn;
    const server = serverOfPrompt(profile, name);
    if (!server) return undefined;
    this.switches.assertToolOn(server.name, name);
    const limit = new PausableLimit(profile.limits.seconds * 1_000);
    const signal = anySignal([turn.signal, limit.signal]);
    try {
      const prompts = await this.ofServer({ profile, accountId, signal }, server.name);
      const prompt = prompts.find((one) => one.name === name);
      if (!prompt) return undefined;
      const input = Object.entries(parseArguments(typed, commandOf(prompt).inputSchema));
      const args = Object.fromEntries(input.map(([key, value]) => [key, textOf(value)]));
      const maxBytes = Math.min(MAX_PROMPT_BYTES, profile.limits.resultBytes);
      const target = targetOf(profile, server, accountId);
      return await this.prompts.get(target, name, args, { signal, maxBytes });
    } finally {
      limit.end();
      signal.clear();
    }
  }

  private async ofServer(
    { profile, accountId, signal }: ToolCaller,
    serverName: string,
  ): Promise<McpPrompt[]> {
    const server = profile.servers.find(({ name }) => name === serverName)!;
    if (this.switches.isServerOff(serverName)) return [];
    const allowed = profile.allowedPrompts?.[serverName] ?? [];
    const prompts = await this.prompts.list(targetOf(profile, server, accountId), { signal });
    return prompts.filter(
      (prompt) =>
        allowed.includes(prompt.name) && this.pins.admits(profile, serverName, prompt, 'prompt'),
    );
  }
}

/** Whether the profile has a prompt of that name. */
export function hasPrompt({ allowedPrompts = {} }: Profile, name: string): boolean {
  return Object.values(allowedPrompts).flat().includes(name);
}

/** The arguments of a prompt are texts. */
function commandOf({ name, description, arguments: given }: McpPrompt): Described {
  const properties = given.map(
    (argument) => [argument.name, { type: 'string', description: argument.description }] as const,
  );
  const required = given.filter((argument) => argument.required).map((argument) => argument.name);
  const inputSchema = { type: 'object', properties: Object.fromEntries(properties), required };
  return { name, description, inputSchema };
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}
