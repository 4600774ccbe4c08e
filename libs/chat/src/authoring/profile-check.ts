import { McpConnections, McpPrompts, type McpServerSpec, type McpTool, UserFiles } from '@app/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { chatConfig } from '../chat.config.js';
import { ArgumentChecks } from '../engine/argument-checks.js';
import { isAsPinned, pinOf } from '../pins/pin-comparison.js';
import { LONGEST_LISTING_MS } from '../pins/served-definitions.js';
import { type PinsFile, readPins } from '../profiles/read-pins.js';
import { ProfileCatalog } from '../profiles/profile-catalog.js';
import { targetOf } from '../profiles/profile-target.js';
import { type Profile, riskOf } from '../profiles/profile.js';
import {
  asFault,
  type DefaultCommand,
  defaultCommands,
  faultOfDefaultTool,
} from './default-commands.js';
import { operatorWords, printable } from './mcp-words.js';
import { promptFaults } from './prompt-faults.js';
import type { CheckedTool, PinState, ProfileReport, Trial } from './profile-report.js';

export interface CheckOptions {
  /** Whether what the assistant offers by itself is called, where it changes nothing. */
  readonly callsTools: boolean;
}

/** What one server has, or why it cannot be asked. */
type Listing = { readonly server: McpServerSpec } & (
  | { readonly tools: readonly McpTool[] }
  | { readonly fault: string }
  /** Each person connects it. */
  | { readonly isUnasked: true }
);

/** Holds profiles against the servers that they name, as a person without an account. */
@Injectable()
export class ProfileCheck {
  constructor(
    private readonly mcp: McpConnections,
    private readonly mcpPrompts: McpPrompts,
    private readonly files: UserFiles,
    private readonly profiles: ProfileCatalog,
    private readonly checks: ArgumentChecks,
    @Inject(chatConfig.KEY) private readonly config: ConfigType<typeof chatConfig>,
  ) {}

  /** One after the other: each may start processes. @throws ChatError `profile_not_found` */
  async check(ids: readonly string[], options: CheckOptions): Promise<ProfileReport[]> {
    const chosen = ids.length > 0 ? ids.map((id) => this.profiles.get(id)) : [...this.profiles.all];
    const reports: ProfileReport[] = [];
    for (const profile of chosen) {
      const report = (accountId: string) => this.reportOf(profile, accountId, options);
      reports.push(await this.files.asTrialUser(report));
    }
    return reports;
  }

  private async reportOf(
    profile: Profile,
    accountId: string,
    options: CheckOptions,
  ): Promise<ProfileReport> {
    const listings = await this.listings(profile, accountId);
    const tools = allowedTools(profile, listings);
    const trials = await this.tryCommands(profile, tools, accountId, options);
    const pins = readPins(this.config.profilesDir, profile.id);
    const checked = [...tools].map(([name, { server, tool }]): CheckedTool => ({
      server: server.name,
      name,
      risk: riskOf(profile, tool),
      pin: pinStateOf(pins, server.name, tool),
      trial: trials.outcomes.get(name) ?? 'untried',
    }));
    return {
      profile: profile.id,
      tools: checked,
      withheld:
        listings.reduce((sum, one) => sum + ('tools' in one ? one.tools.length : 0), 0) -
        checked.length,
      unasked: listings.filter((one) => 'isUnasked' in one).map(({ server }) => server.name),
      faults: [
        ...listings.flatMap((one) => faultsOfListing(profile, one)),
        ...checked.flatMap(faultsOfPin),
        ...faultsOfDefault(profile, tools),
        ...trials.faults,
        ...(await this.promptFaults(profile, pins, accountId)),
      ],
    };
  }

  private listings(profile: Profile, accountId: string): Promise<Listing[]> {
    const signal = AbortSignal.timeout(LONGEST_LISTING_MS);
    return Promise.all(
      profile.servers.map(async (server): Promise<Listing> => {
        if (server.transport === 'http' && server.authorization) return { server, isUnasked: true };
        try {
          const target = targetOf(profile, server, accountId);
          return { server, tools: await this.mcp.listTools(target, { signal }) };
        } catch (error) {
          return { server, fault: `${server.name}: ${operatorWords(error)}` };
        }
      }),
    );
  }

  private async promptFaults(
    profile: Profile,
    pins: PinsFile | undefined,
    accountId: string,
  ): Promise<string[]> {
    const signal = AbortSignal.timeout(LONGEST_LISTING_MS);
    const servers = profile.servers.filter(({ name }) => profile.allowedPrompts?.[name]);
    const faults = await Promise.all(
      servers.map(async (server) => {
        // A server that cannot be asked is a fault, or not asked for, already.
        const prompts = await this.mcpPrompts
          .list(targetOf(profile, server, accountId), { signal })
          .catch(() => undefined);
        return prompts ? promptFaults(profile, server.name, prompts, pins) : [];
      }),
    );
    return faults.flat();
  }

  /** Only what reads is called: there is no person to approve, and what was changed could not be taken back. */
  private async tryCommands(
    profile: Profile,
    tools: AllowedTools,
    accountId: string,
    { callsTools }: CheckOptions,
  ): Promise<{ outcomes: Map<string, Trial>; faults: string[] }> {
    const outcomes = new Map<string, Trial>();
    const faults: string[] = [];
    for (const command of defaultCommands(profile)) {
      const found = tools.get(command.tool);
      // A tool that is not there is a fault already, and /help is no tool.
      if (!found) continue;
      const { server, tool } = found;
      const { input, fault } = this.inputOf(command, tool);
      const isCalled = input !== undefined && callsTools && riskOf(profile, tool) === 'read';
      const failure = isCalled ? await this.call(profile, server, tool, input, accountId) : fault;
      if (failure !== undefined) faults.push(`${printable(command.message)}: ${failure}`);
      if (failure !== undefined) outcomes.set(tool.name, 'failed');
      else if (isCalled && !outcomes.has(tool.name)) outcomes.set(tool.name, 'answered');
    }
    return { outcomes, faults };
  }

  private inputOf(command: DefaultCommand, tool: McpTool) {
    try {
      const input = command.argumentsFor(tool);
      const fault = this.checks.faultOf(tool, input);
      return fault === undefined ? { input } : { fault };
    } catch (error) {
      return { fault: asFault(error) };
    }
  }

  /** Why it failed; undefined if it did not. */
  private async call(
    profile: Profile,
    server: McpServerSpec,
    tool: McpTool,
    input: Record<string, unknown>,
    accountId: string,
  ): Promise<string | undefined> {
    const { seconds, resultBytes: maxResultBytes } = profile.limits;
    const signal = AbortSignal.timeout(seconds * 1000);
    try {
      const target = targetOf(profile, server, accountId);
      const result = await this.mcp.callTool(target, tool.name, input, { signal, maxResultBytes });
      return result.isError ? `the tool says: ${printable(result.text)}` : undefined;
    } catch (error) {
      return operatorWords(error);
    }
  }
}

type AllowedTools = ReadonlyMap<string, { readonly server: McpServerSpec; readonly tool: McpTool }>;

function allowedTools(profile: Profile, listings: readonly Listing[]): AllowedTools {
  return new Map(
    listings.flatMap((listing) => {
      if (!('tools' in listing)) return [];
      const { server, tools } = listing;
      const allowed = profile.allowedTools[server.name] ?? [];
      return tools
        .filter(({ name }) => allowed.includes(name))
        .map((tool) => [tool.name, { server, tool }] as const);
    }),
  );
}

function faultsOfListing({ allowedTools: allowed }: Profile, listing: Listing): string[] {
  if ('fault' in listing) return [listing.fault];
  if ('isUnasked' in listing) return [];
  const { server, tools } = listing;
  return (allowed[server.name] ?? [])
    .filter((name) => !tools.some((tool) => tool.name === name))
    .map((name) => `${server.name}: it has no tool ${name}`);
}

function pinStateOf(pins: PinsFile | undefined, server: string, tool: McpTool): PinState {
  if (!pins) return 'unpinned';
  const pin = pinOf(pins, 'tool', tool.name);
  if (!pin) return 'new';
  return isAsPinned(pin, server, tool.digest) ? 'pinned' : 'changed';
}

function faultsOfPin({ server, name, pin }: CheckedTool): string[] {
  switch (pin) {
    case 'changed':
      return [`${server}: ${name} is not as it was pinned; look at it, and pin it again`];
    case 'new':
      return [`${server}: ${name} is not pinned; look at it, and pin it`];
    case 'pinned':
    case 'unpinned':
      return [];
  }
}

function faultsOfDefault({ defaultTool }: Profile, tools: AllowedTools): string[] {
  const found = defaultTool && tools.get(defaultTool.name);
  const fault = found && faultOfDefaultTool(found.tool, defaultTool.argument);
  return fault === undefined ? [] : [fault];
}
