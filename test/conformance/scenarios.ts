import type { McpAnswer, McpDialog, McpQuestion, McpTool } from '@app/mcp';
import type { Person } from './person.ts';

/** A scenario as the runner tells of it. */
export interface Scenario {
  readonly name: string;
  readonly url: string;
  readonly context: {
    readonly toolCalls?: readonly ToolCall[];
    /** Of a client that is registered already. */
    readonly client_id?: string;
    readonly client_secret?: string;
  };
}

interface ToolCall {
  readonly name: string;
  readonly arguments: Record<string, unknown>;
}

/** Longer than any scenario takes on a busy machine. Milliseconds. */
const LONGEST_SCENARIO_MS = 20_000;

const RULES: McpDialog = {
  allowsPlainHttp: true,
  ask: (question) => Promise.resolve(defaultsOf(question)),
};

/** Does what a chat does with a server: asks for its tools, and calls them. Every scenario is a person of its own. */
export async function play({ name, context }: Scenario, person: Person): Promise<void> {
  const { target, connections } = person;
  const signal = AbortSignal.timeout(LONGEST_SCENARIO_MS);
  try {
    const tools = await person.does(() => connections.listTools(target, { signal }));
    for (const call of context.toolCalls ?? callsOf(name, tools)) {
      await person.does(() => callAndAnswer(person, call, signal));
    }
  } finally {
    await connections.closeUser(target.accountId);
  }
}

/** Answers what the server asks meanwhile, as a person does who leaves each form as it is. */
async function callAndAnswer(
  { connections, target }: Person,
  { name, arguments: input }: ToolCall,
  signal: AbortSignal,
): Promise<void> {
  const call = (dialog: McpDialog) =>
    connections.callTool(target, name, input, { signal, maxResultBytes: 65_536, dialog });
  let outcome = await call(RULES);
  while ('questions' in outcome) {
    const { questions, continuation } = outcome;
    const given = Object.entries(questions).map(([id, asked]) => [id, defaultsOf(asked)] as const);
    outcome = await call({
      ...RULES,
      answered: { continuation, answers: Object.fromEntries(given) },
    });
  }
}

function defaultsOf(asked: McpQuestion): McpAnswer {
  if (asked.kind === 'url') return { action: 'accept' };
  const filled = asked.fields.flatMap(({ name, default: value }) =>
    value === undefined ? [] : [[name, value] as const],
  );
  return { action: 'accept', content: Object.fromEntries(filled) };
}

function callsOf(scenario: string, tools: readonly McpTool[]): ToolCall[] {
  if (scenario !== 'json-schema-2020-12-preservation') return tools.map(aCall);
  // It is to be told, by the one tool, which schema of the other has arrived.
  const [told] = tools;
  return [{ name: 'json_schema_echo', arguments: { schema: told?.inputSchema } }];
}

/** With the arguments that the tool cannot do without. */
function aCall({ name, inputSchema }: McpTool): ToolCall {
  const { properties = {}, required = [] } = inputSchema as {
    properties?: Record<string, { type?: string }>;
    required?: readonly string[];
  };
  const values = required.map((field) => [field, aValue(properties[field]?.type)] as const);
  return { name, arguments: Object.fromEntries(values) };
}

function aValue(type: string | undefined): unknown {
  switch (type) {
    case 'number':
    case 'integer':
      return 7;
    case 'boolean':
      return true;
    case 'array':
      return [];
    case 'object':
      return {};
    case 'null':
      return null;
    default:
      return 'seven';
  }
}
