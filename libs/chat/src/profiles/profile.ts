import type { McpServerSpec } from '@app/mcp';

/** One assistant, as its file describes it: see profile.schema.json. */
export interface Profile {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly icon: string;
  readonly version: string;
  readonly engine: 'direct';
  readonly servers: readonly McpServerSpec[];
  /** Server name → tools. What is not here does not exist for this assistant. */
  readonly allowedTools: Readonly<Record<string, readonly string[]>>;
  readonly defaultTool?: { readonly name: string; readonly argument: string };
  readonly limits: { readonly seconds: number; readonly resultBytes: number };
  readonly isolation: 'shared' | 'per-user';
  readonly active: boolean;
  readonly developmentOnly?: boolean;
}

/** The server that may be asked for a tool of that name; undefined for every name that is not allowed. */
export function serverOfTool(profile: Profile, tool: string): McpServerSpec | undefined {
  return profile.servers.find(({ name }) => profile.allowedTools[name]?.includes(tool));
}
