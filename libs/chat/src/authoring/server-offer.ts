import type { McpServerDescription, McpTool } from '@app/mcp';
import { ArgumentSchemas } from '../engine/argument-schema.js';
import type { ToolRisk } from '../profiles/profile.js';
import { printable } from './mcp-words.js';

/** A tool as the author of a profile is asked about it. */
export interface OfferedTool {
  readonly name: string;
  readonly description: string;
  /** What it may be, by what the server says of it: only a tool that says it is read-only may be a `read`. */
  readonly risk: ToolRisk;
  /** The argument that takes a text alone; undefined where there is none. */
  readonly textArgument: string | undefined;
}

/** What a server offers to one who writes a profile for it. */
export interface ServerOffer {
  readonly name: string;
  readonly description: string;
  readonly tools: readonly OfferedTool[];
}

const LONGEST_DESCRIPTION = 300;
const LONGEST_NAME = 60;

export function toOffer(server: McpServerDescription, tools: readonly McpTool[]): ServerOffer {
  const name = printable(server.title ?? server.name).slice(0, LONGEST_NAME);
  return {
    name,
    description:
      printable(firstSentence(server.instructions)).slice(0, LONGEST_DESCRIPTION) ||
      `Uses ${name || 'a tool server'}.`,
    tools: tools.map((tool) => ({
      name: tool.name,
      description: printable(tool.description),
      risk: saysReadOnly(tool) ? 'read' : 'write',
      textArgument: textArgumentOf(tool),
    })),
  };
}

function firstSentence(text: string): string {
  const [line = ''] = text.trim().split('\n');
  return /^.*?[.!?](?=\s|$)/.exec(line)?.[0] ?? line;
}

function saysReadOnly({ addsNothing, hints }: McpTool): boolean {
  return addsNothing === true && !hints.changes && !hints.destroys;
}

/** The one argument that a tool cannot do without, if it takes text. */
function textArgumentOf({ inputSchema }: McpTool): string | undefined {
  const schemas = new ArgumentSchemas(inputSchema);
  const { properties, required } = schemas.arguments();
  const [argument, ...others] = required;
  if (argument === undefined || others.length > 0) return undefined;
  const forms = schemas.formsOf(properties.get(argument));
  return forms?.some((form) => 'type' in form && form.type === 'string') ? argument : undefined;
}
