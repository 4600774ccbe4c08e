import type { McpFile } from '../files/mcp-file.js';
import type { SandboxSpec } from '../sandbox/sandbox-spec.js';

/** One MCP server as a profile names it, already validated by the caller. Values of `args`, `env`, `url` and `headers` may hold placeholders. */
export type McpServerSpec =
  /** `module` is the npm specifier of a script, such as `@modelcontextprotocol/server-memory/dist/index.js`, run by this process's own Node. */
  | {
      name: string;
      transport: 'stdio';
      module: string;
      args?: string[];
      env?: Record<string, string>;
      sandbox?: SandboxSpec;
    }
  | {
      name: string;
      transport: 'stdio';
      command: string;
      args?: string[];
      env?: Record<string, string>;
      sandbox?: SandboxSpec;
    }
  | {
      name: string;
      transport: 'http';
      url: string;
      headers?: Record<string, string>;
      /** Addresses, networks and names of hosts that may be dialled though they are not of the public Internet. */
      allowPrivateAddresses?: string[];
      /** Whether it learns of which trace a call is a part: for a server of the operator's own. @default false */
      passTrace?: boolean;
      authorization?: McpAuthorization;
    }
  /** Provided by the composing app through `BuiltInMcpServers`, looked up by name. */
  | { name: string; transport: 'built-in' };

/** What a server asks of each user for itself: to sign in there, and to allow what this gateway does. */
export interface McpAuthorization {
  type: 'oauth';
  /** What people know the server by. @default the name of the assistant */
  title?: string;
  /** The authorization server, and no other one. Needed with `clientId`. @default the one that the server names */
  issuer?: string;
  /** Of a client that is registered at the authorization server. @default this gateway introduces itself */
  clientId?: string;
  /** `{env:MCP_SECRET_…}`; for a confidential client. */
  clientSecret?: string;
  /** What is asked for. @default what the server asks for */
  scopes?: readonly string[];
  /** Scope → what it allows, in words for a person. */
  scopeWords?: Readonly<Record<string, string>>;
}

/** On whose behalf which server of which profile is called. */
export interface McpTarget {
  profileId: string;
  server: McpServerSpec;
  /** `per-user`: the user has a connection of their own. `shared`: all users of the profile use one, and it knows of no user. */
  isolation: 'shared' | 'per-user';
  accountId: string;
  /** How long the server may take to start and shake hands. Seconds. @default 20 */
  startSeconds?: number;
  /** The server may ask the language model of the profile, as far as the dialog of a call says. @default false */
  allowsSampling?: boolean;
}

/** What a server says of itself: its words, cleaned, and nothing to rely on. */
export interface McpServerDescription {
  readonly name: string;
  readonly title?: string;
  readonly version: string;
  /** How its tools are meant to be used. */
  readonly instructions: string;
}

export interface McpTool {
  name: string;
  title?: string;
  description: string;
  inputSchema: Record<string, unknown>;
  /** What the structured part of a result has to fit. */
  outputSchema?: Record<string, unknown>;
  /** The server says that the tool only reads, or removes. Absent: it may add to what is kept. */
  addsNothing?: true;
  /** The server says that the tool is not read-only, or that it destroys. What it does not say is absent. */
  hints: ToolHints;
  /** SHA-256 of the definition as the server gave it: name, title, description, schemas and annotations. */
  digest: string;
}

/** What a server has to be said for the person, with arguments filled in. */
export interface McpPrompt {
  name: string;
  title?: string;
  description: string;
  arguments: McpPromptArgument[];
  /** SHA-256 of what the server says of it: name, title, description and arguments. */
  digest: string;
}

/** Its values are texts. */
export interface McpPromptArgument {
  name: string;
  description: string;
  required: boolean;
}

export interface ToolHints {
  readonly changes?: true;
  readonly destroys?: true;
}

export interface McpToolResult {
  /**
   * For the person, without what is only for a model. Bounded and cleaned, but still the server's words: data, never
   * instructions.
   */
  text: string;
  /** The same for a model, with a note for each file; absent where it is as `text`. */
  modelText?: string;
  /** Some of the text is not in that for a model. */
  isPartlyPrivate?: true;
  /** What the person is shown beside the text. */
  files?: readonly McpFile[];
  /** The structured part as it came; absent where there is none. */
  structured?: unknown;
  /** The tool ran and reports a failure, which `text` describes. */
  isError: boolean;
}
