import { keepsUserFiles, McpConnections, type McpTool, type McpToolResult } from '@app/mcp';
import { emitSignal } from '@app/signals';
import { Inject, Injectable, Logger } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { anySignal } from 'any-signal';
import { CardStore } from '../cards/card.store.js';
import { chatConfig } from '../chat.config.js';
import { type Profile, serverOfTool } from '../profiles/profile.js';
import { targetOf } from '../profiles/profile-target.js';
import { ToolPins } from '../pins/tool-pins.js';
import { SwitchedParts } from '../switches/switched-parts.js';
import { UsageService } from '../usage/usage.service.js';
import { ArgumentChecks } from './argument-checks.js';
import type { Turn } from './engine.js';
import { injectionPatternsIn } from './injection-patterns.js';
import { asChatError, missingConnection } from './mcp-failure.js';
import { ServerSampling } from './server-sampling.js';
import { resultCard } from './result-card.js';
import { type ToldResult, toldResult } from './told-result.js';
import { measuredCall, measuredListing } from './tool-metrics.js';
import { ToolDialog } from './tool-dialog.js';
import { type AskedQuestions, askedQuestions, type CallPlace } from './tool-questions.js';

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
  /** Those among them that operators have switched off. */
  readonly off: readonly string[];
}

/** The tools that a profile allows, and no other. */
@Injectable()
export class ProfileTools {
  private readonly log = new Logger('Tools');

  constructor(
    private readonly mcp: McpConnections,
    private readonly pins: ToolPins,
    private readonly usage: UsageService,
    private readonly cards: CardStore,
    private readonly checks: ArgumentChecks,
    private readonly sampling: ServerSampling,
    private readonly switches: SwitchedParts,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /**
   * One server that is away does not hide the tools of the others.
   *
   * @throws the failure of the first server if none can be asked
   */
  async list({ profile, accountId, signal }: ToolCaller): Promise<AvailableTools> {
    const servers = profile.servers.filter(({ name }) => !this.switches.isServerOff(name));
    const answers = await Promise.allSettled(
      servers.map((server) =>
        measuredListing(server.name, () =>
          this.mcp.listTools(targetOf(profile, server, accountId), { signal }),
        ),
      ),
    );
    const [first] = answers;
    if (first?.status === 'rejected' && answers.every(({ status }) => status === 'rejected')) {
      throw first.reason;
    }
    const tools: McpTool[] = [];
    const off = this.offOf(profile);
    const unavailable = [...off];
    for (const [index, answer] of answers.entries()) {
      const server = servers[index]!.name;
      const allowed = (profile.allowedTools[server] ?? []).filter((name) => !off.includes(name));
      if (answer.status === 'rejected') {
        unavailable.push(...allowed);
        continue;
      }
      for (const tool of answer.value.filter(({ name }) => allowed.includes(name))) {
        if (this.pins.admits(profile, server, tool)) tools.push(tool);
        else unavailable.push(tool.name);
      }
    }
    return { tools, unavailable, off };
  }

  /** The same, and none where the person does not want to connect the only servers. */
  async listConnected(caller: ToolCaller): Promise<AvailableTools> {
    try {
      return await this.list(caller);
    } catch (error) {
      if (missingConnection(asChatError(error)) === undefined) throw error;
      return { tools: [], unavailable: [], off: this.offOf(caller.profile) };
    }
  }

  /** Undefined for a tool that the profile does not allow, that its server does not have, or that is not as pinned. @throws McpError @throws ChatError `tool_off` */
  async find(
    { profile, accountId, signal }: ToolCaller,
    name: string,
  ): Promise<McpTool | undefined> {
    const server = serverOfTool(profile, name);
    if (!server) return undefined;
    this.switches.assertToolOn(server.name, name);
    const tools = await measuredListing(server.name, () =>
      this.mcp.listTools(targetOf(profile, server, accountId), { signal }),
    );
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

  /**
   * Makes a call, or goes on with one that has asked the person. Returns what they and a model are told of the result, whose
   * files are kept.
   *
   * @throws McpError @throws ChatError `tool_off`
   */
  async call(
    turn: Turn,
    tool: McpTool,
    input: Record<string, unknown>,
    place: CallPlace,
  ): Promise<ToldResult | AskedQuestions> {
    const { profile, accountId, signal } = turn;
    const server = serverOfTool(profile, tool.name)!;
    const target = targetOf(profile, server, accountId);
    const { resultBytes: maxResultBytes } = profile.limits;
    // As profiles for development, such addresses are for the machine of a developer.
    const { servesDevelopmentProfiles } = this.config;
    const dialog = new ToolDialog(
      place,
      servesDevelopmentProfiles,
      profile.limits.seconds * 1_000,
      this.sampling.of(turn, server.name),
    );
    const end = await this.switches.whileToolOn(server.name, tool.name, (off) => {
      // Not `AbortSignal.any`: what that holds of a call goes with a full garbage collection only.
      const until = anySignal([signal, dialog.signal, off]);
      return measuredCall(server.name, tool.name, () =>
        dialog.during(() =>
          this.mcp.callTool(target, tool.name, input, { signal: until, maxResultBytes, dialog }),
        ),
      ).finally(() => until.clear());
    });
    if ('questions' in end) return askedQuestions(place, end);
    const patterns = injectionPatternsIn(end.modelText ?? end.text);
    if (patterns.length > 0) {
      const where = { profileId: profile.id, server: server.name, tool: tool.name };
      emitSignal({ type: 'tool.result_suspicious', accountId, ...where, patterns });
    }
    return this.told(turn, tool, place, this.checked(profile, tool, end));
  }

  /** The names of the tools that operators have switched off, one by one or with their server. */
  private offOf({ allowedTools }: Profile): string[] {
    return Object.entries(allowedTools).flatMap(([server, names]) =>
      names.filter((name) => this.switches.isToolOff(server, name)),
    );
  }

  private async told(
    { runId, conversationId, accountId }: Turn,
    tool: McpTool,
    { callId, isForModel }: CallPlace,
    result: McpToolResult,
  ): Promise<ToldResult> {
    const { files = [], isPartlyPrivate } = result;
    const hasWords = isForModel === true && isPartlyPrivate === true;
    if (files.length === 0 && !hasWords) return toldResult(result);
    const { title, text, isCut = false } = resultCard(tool, result.text);
    const card = { runId, conversationId, accountId, callId, title, text, isCut };
    return toldResult(result, await this.cards.keep(card, files, hasWords));
  }

  /** What does not fit its schema is kept as text, and a model is told not to build on it. */
  private checked(profile: Profile, tool: McpTool, result: McpToolResult): McpToolResult {
    const fault = result.isError ? undefined : this.checks.faultOfResult(tool, result.structured);
    if (fault === undefined) return result;
    const { id: profileId } = profile;
    const { words, reason } = fault;
    this.log.warn({ event: 'chat.tool.misfit', profileId, tool: tool.name, reason });
    const { text, modelText = text } = result;
    return { ...result, modelText: `${modelText}\n[The tool promises another form: ${words}.]` };
  }
}
