import { keepsUserFiles, McpConnections, type McpTool, type McpToolResult } from '@app/mcp';
import { Injectable } from '@nestjs/common';
import { type Profile, serverOfTool } from '../profiles/profile.js';
import { targetOf } from '../profiles/profile-target.js';
import { ToolPins } from '../pins/tool-pins.js';
import { UsageService } from '../usage/usage.service.js';

/** On whose behalf a profile's tools are used, and until when. */
export interface ToolCaller {
  readonly profile: Profile;
  readonly accountId: string;
  readonly signal: AbortSignal;
}

/** What can be used now, and the names of what cannot because its server is away. */
export interface AvailableTools {
  readonly tools: readonly McpTool[];
  readonly unavailable: readonly string[];
}

/** The tools that a profile allows, and no other. */
@Injectable()
export class ProfileTools {
  constructor(
    private readonly mcp: McpConnections,
    private readonly pins: ToolPins,
    private readonly usage: UsageService,
  ) {}

  /**
   * One server that is away does not hide the tools of the others.
   *
   * @throws the failure of the first server if none can be asked
   */
  async list({ profile, accountId, signal }: ToolCaller): Promise<AvailableTools> {
    const answers = await Promise.allSettled(
      profile.servers.map((server) =>
        this.mcp.listTools(targetOf(profile, server, accountId), { signal }),
      ),
    );
    const [first] = answers;
    if (first?.status === 'rejected' && answers.every(({ status }) => status === 'rejected')) {
      throw first.reason;
    }
    const tools: McpTool[] = [];
    const unavailable: string[] = [];
    for (const [index, answer] of answers.entries()) {
      const server = profile.servers[index]!.name;
      const allowed = profile.allowedTools[server] ?? [];
      if (answer.status === 'rejected') {
        unavailable.push(...allowed);
        continue;
      }
      for (const tool of answer.value.filter(({ name }) => allowed.includes(name))) {
        if (this.pins.admits(profile, server, tool)) tools.push(tool);
        else unavailable.push(tool.name);
      }
    }
    return { tools, unavailable };
  }

  /** Undefined for a tool that the profile does not allow, that its server does not have, or that is not as pinned. @throws McpError */
  async find(
    { profile, accountId, signal }: ToolCaller,
    name: string,
  ): Promise<McpTool | undefined> {
    const server = serverOfTool(profile, name);
    if (!server) return undefined;
    const tools = await this.mcp.listTools(targetOf(profile, server, accountId), { signal });
    const tool = tools.find((one) => one.name === name);
    return tool && this.pins.admits(profile, server.name, tool) ? tool : undefined;
  }

  /** Before a tool is called that may add to the files of a person. @throws ChatError `quota_exceeded` */
  async assertRoomFor({ profile, accountId }: ToolCaller, tool: McpTool): Promise<void> {
    const server = serverOfTool(profile, tool.name);
    if (server && keepsUserFiles(server) && !tool.addsNothing) {
      await this.usage.assertRoomForFiles(accountId);
    }
  }

  /** @throws McpError */
  call(
    { profile, accountId, signal }: ToolCaller,
    tool: McpTool,
    input: Record<string, unknown>,
  ): Promise<McpToolResult> {
    const target = targetOf(profile, serverOfTool(profile, tool.name)!, accountId);
    const { resultBytes: maxResultBytes } = profile.limits;
    return this.mcp.callTool(target, tool.name, input, { signal, maxResultBytes });
  }
}
