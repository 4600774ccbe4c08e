import { specTypeSchemas } from '@modelcontextprotocol/client';
import { isObject, toJson } from '../json/json-text.js';
import type { McpTool, ToolHints } from '../targets/mcp-target.js';
import { faultOfArgumentHeaders } from './argument-headers.js';
import { cleanText } from './clean-text.js';
import { digestOfMembers, ENTRY_NAME } from './entry-definition.js';
import { readInputSchema } from './input-schema.js';
import type { ServerList } from './server-list.js';

export const MAX_TOOLS = 500;
/** Most bytes of JSON that one server's tools may take, as they are kept for the life of its connection. */
const MAX_LIST_BYTES = 1024 * 1024;

/** What a server tells of a tool, to people and models. What is about the list and not the tool does not count. */
const DEFINITION = ['name', 'title', 'description', 'inputSchema', 'outputSchema', 'annotations'];

/** What is wrong with one tool of a list, or one prompt. */
export interface ToolFault {
  /** `skipped`: the tool is left out. `mended`: it is used without its odd member. `cut`: the list ends before it. */
  readonly outcome: 'skipped' | 'mended' | 'cut';
  readonly tool: string;
  readonly field: string;
  readonly reason: string;
}

/** The tools of one server. */
export class ToolList implements ServerList<McpTool> {
  readonly faults: ToolFault[] = [];
  private readonly byName = new Map<string, McpTool>();
  private bytes = 0;
  private index = -1;
  private full = false;

  /** @param mirrorsArguments the transport repeats arguments as headers, where a tool says so */
  constructor(private readonly mirrorsArguments = false) {}

  get entries(): McpTool[] {
    return [...this.byName.values()];
  }

  get isFull(): boolean {
    return this.full;
  }

  add(given: unknown): void {
    this.index += 1;
    if (this.full) return;
    const read = this.readSafely(given);
    if (!read) return;
    const { name } = read;
    if (this.byName.has(name)) {
      this.report('skipped', name, 'name', 'A tool of that name is there already.');
      return;
    }
    const size = Buffer.byteLength(toJson(read) ?? '');
    if (this.byName.size >= MAX_TOOLS || this.bytes + size > MAX_LIST_BYTES) {
      this.cut(name, `The list is cut: over ${MAX_TOOLS} tools, or over ${MAX_LIST_BYTES} bytes.`);
      return;
    }
    this.bytes += size;
    this.byName.set(name, read);
  }

  cut(tool: string, reason: string): void {
    this.full = true;
    this.report('cut', tool, 'tools', reason);
  }

  private readSafely(given: unknown): McpTool | undefined {
    try {
      return this.read(given);
    } catch {
      // Such as of a member that is nested too deeply for one of those that look at it.
      return this.report('skipped', `#${this.index}`, 'tools', 'It cannot be read.');
    }
  }

  private read(given: unknown): McpTool | undefined {
    const label = isObject(given) ? nameOf(given.name) : undefined;
    const tool = label ?? `#${this.index}`;
    const skip = (field: string, reason: string) => this.report('skipped', tool, field, reason);
    if (!isObject(given)) return skip('tools', 'It is no object.');
    if (label === undefined) return skip('name', 'It is no word of 1 to 128 characters.');
    const { inputSchema, reason } = readInputSchema(given.inputSchema);
    if (!inputSchema) return skip('inputSchema', reason);
    const fault = this.mirrorsArguments ? faultOfArgumentHeaders(inputSchema) : undefined;
    if (fault !== undefined) return skip('inputSchema', fault);
    const digest = digestOfMembers(given, DEFINITION);
    if (digest === undefined) return skip('tools', 'It is nested too deeply.');
    this.reportOddMember(tool, given);
    const annotated = isObject(given.annotations) ? given.annotations.title : undefined;
    const title = [given.title, annotated].find((one) => typeof one === 'string');
    return {
      name: label,
      ...(title !== undefined && { title: cleanText(title) }),
      description: typeof given.description === 'string' ? cleanText(given.description) : '',
      inputSchema,
      ...(isObject(given.outputSchema) && { outputSchema: given.outputSchema }),
      ...(addsNothing(given.annotations) && { addsNothing: true }),
      hints: hintsOf(given.annotations),
      digest,
    };
  }

  /** What the SDK would have refused the whole list for. */
  private reportOddMember(tool: string, given: Record<string, unknown>): void {
    const outcome = specTypeSchemas.Tool['~standard'].validate(given);
    const [issue] = 'issues' in outcome ? (outcome.issues ?? []) : [];
    if (!issue) return;
    const field = (issue.path ?? []).map((key) => String(typeof key === 'object' ? key.key : key));
    this.report('mended', tool, field.join('.').slice(0, 100), issue.message.slice(0, 200));
  }

  private report(
    outcome: ToolFault['outcome'],
    tool: string,
    field: string,
    reason: string,
  ): undefined {
    if (this.faults.length < MAX_TOOLS) this.faults.push({ outcome, tool, field, reason });
  }
}

function nameOf(name: unknown): string | undefined {
  return typeof name === 'string' && ENTRY_NAME.test(name) ? name : undefined;
}

/** Only what is said counts: a tool without a word about it destroys, by the specification, and may well add. */
function addsNothing(annotations: unknown): boolean {
  const { readOnlyHint, destructiveHint } = Object(annotations) as Record<string, unknown>;
  return readOnlyHint === true || destructiveHint === true;
}

function hintsOf(annotations: unknown): ToolHints {
  const { readOnlyHint, destructiveHint } = Object(annotations) as Record<string, unknown>;
  return {
    ...(readOnlyHint === false && { changes: true }),
    ...(destructiveHint === true && { destroys: true }),
  };
}
