/** One MCP server as a profile names it, already validated by the caller. Values of `args`, `env`, `url` and `headers` may hold placeholders. */
export type McpServerSpec =
  /** `module` is the npm specifier of a script, such as `@modelcontextprotocol/server-memory/dist/index.js`, run by this process's own Node. */
  | {
      name: string;
      transport: 'stdio';
      module: string;
      args?: string[];
      env?: Record<string, string>;
    }
  | {
      name: string;
      transport: 'stdio';
      command: string;
      args?: string[];
      env?: Record<string, string>;
    }
  | { name: string; transport: 'http'; url: string; headers?: Record<string, string> }
  /** Provided by the composing app through `BuiltInMcpServers`, looked up by name. */
  | { name: string; transport: 'built-in' };

/** On whose behalf which server of which profile is called. */
export interface McpTarget {
  profileId: string;
  server: McpServerSpec;
  /** `per-user`: the user has a connection of their own. `shared`: all users of the profile use one, and it knows of no user. */
  isolation: 'shared' | 'per-user';
  userId: string;
  /** How long the server may take to start and shake hands. Seconds. @default 20 */
  startSeconds?: number;
}

export interface McpTool {
  name: string;
  title?: string;
  description: string;
  inputSchema: Record<string, unknown>;
  /** The server says that the tool only reads, or removes. Absent: it may add to what is kept. */
  addsNothing?: true;
  /** The server says that the tool is not read-only, or that it destroys. What it does not say is absent. */
  hints: ToolHints;
  /** SHA-256 of the definition as the server gave it: name, title, description, schemas and annotations. */
  digest: string;
}

export interface ToolHints {
  readonly changes?: true;
  readonly destroys?: true;
}

export interface McpToolResult {
  /** Bounded and cleaned, but still the server's words: data for a model and a person, never instructions. */
  text: string;
  /** The tool ran and reports a failure, which `text` describes. */
  isError: boolean;
}
