import { McpConnections, type McpServerSpec, type McpTarget, type McpTool } from '@app/mcp';
import { Inject, Injectable } from '@nestjs/common';
import { type Profile, serverOfTool } from '../profiles/profile.js';
import type { CapabilitiesView } from '../profiles/profile.view.js';
import { type Arguments, parseArguments, parseCommand, UnreadableCommandError } from './command.js';
import { toCommandView } from './command.view.js';
import { helpText } from './help-text.js';
import { asChatError } from './mcp-failure.js';

/** A message on its way to an assistant. `signal` ends it at the profile's time limit. */
export interface Turn {
  readonly profile: Profile;
  readonly userId: string;
  readonly message: string;
  readonly signal: AbortSignal;
}

/**
 * Answers without a language model: commands go to the tool they name, other text to the profile's default tool.
 * Deterministic, and honest about it. Mistakes of a person are answers; only what fails behind is thrown.
 */
@Injectable()
export class DirectEngine {
  constructor(@Inject(McpConnections) private readonly mcp: McpConnections) {}

  /** @throws ChatError if a server behind the assistant fails */
  async answer(turn: Turn): Promise<string> {
    try {
      return await this.respond(turn);
    } catch (error) {
      if (error instanceof UnreadableCommandError) return error.message;
      throw asChatError(error);
    }
  }

  /** @throws ChatError if a server behind the assistant fails */
  async capabilities(profile: Profile, userId: string): Promise<CapabilitiesView> {
    const signal = AbortSignal.timeout(profile.limits.seconds * 1000);
    try {
      const tools = await this.allowedTools(profile, userId, signal);
      return { commands: tools.map(toCommandView), defaultCommand: profile.defaultTool?.name };
    } catch (error) {
      throw asChatError(error);
    }
  }

  private async respond(turn: Turn): Promise<string> {
    const { profile, message } = turn;
    const command = parseCommand(message);
    if (command?.name === 'help') return this.help(turn);
    if (command) {
      return this.call(turn, command.name, ({ inputSchema }) =>
        parseArguments(command.input, inputSchema),
      );
    }
    const { defaultTool } = profile;
    if (message.trim() === '' || !defaultTool) return this.help(turn);
    return this.call(turn, defaultTool.name, () => ({ [defaultTool.argument]: message }));
  }

  private async help({ profile, userId, signal }: Turn): Promise<string> {
    return helpText(profile, await this.allowedTools(profile, userId, signal));
  }

  private async call(
    { profile, userId, signal }: Turn,
    name: string,
    argumentsFor: (tool: McpTool) => Arguments,
  ): Promise<string> {
    const server = serverOfTool(profile, name);
    if (!server) return unknownCommand(name);
    const target = targetOf(profile, server, userId);
    const tool = (await this.mcp.listTools(target, { signal })).find((one) => one.name === name);
    if (!tool) return unknownCommand(name);
    const { resultBytes: maxResultBytes } = profile.limits;
    const input = argumentsFor(tool);
    const result = await this.mcp.callTool(target, name, input, { signal, maxResultBytes });
    return result.text === '' ? 'Done.' : result.text;
  }

  private async allowedTools(
    profile: Profile,
    userId: string,
    signal: AbortSignal,
  ): Promise<McpTool[]> {
    const tools = await Promise.all(
      profile.servers.map((server) =>
        this.mcp.listTools(targetOf(profile, server, userId), { signal }),
      ),
    );
    return profile.servers.flatMap(({ name: server }, index) =>
      tools[index]!.filter(({ name }) => profile.allowedTools[server]?.includes(name)),
    );
  }
}

function targetOf(profile: Profile, server: McpServerSpec, userId: string): McpTarget {
  return { profileId: profile.id, server, isolation: profile.isolation, userId };
}

function unknownCommand(name: string): string {
  return `There is no command /${name} here. Write /help to see what there is.`;
}
