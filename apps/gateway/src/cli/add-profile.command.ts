import {
  type OfferedTool,
  type Profile,
  ProfileAuthor,
  type ServerOffer,
  TOOL_RISKS,
  type ToolRisk,
} from '@app/chat';
import { relative } from 'node:path';
import { ProfilesCliModule } from './profiles-cli.module.js';
import { command } from './program/command.js';
import { flag, optional, type Reader, repeated, required, type Values } from './program/input.js';
import { UsageError } from './program/usage.error.js';
import { anyText } from './program/value-readers.js';
import { Questions } from './questions.js';
import { SERVER_OPTIONS, serverOf } from './server-of.js';

const DEFAULTS = {
  icon: 'wrench',
  version: '1.0.0',
  engine: 'model',
  limits: { seconds: 20, resultBytes: 65_536 },
  active: true,
} as const;

const OPTIONS = {
  ...SERVER_OPTIONS,
  name: optional('<text>', 'the name of the assistant, for users', anyText),
  description: optional('<text>', 'the purpose of the assistant', anyText),
  allow: repeated('<TOOL[=RISK]>', 'a tool that the assistant may call', anyText),
  default: optional(
    '<TOOL=ARGUMENT>',
    'the tool and the argument that get a text without a command',
    anyText,
  ),
  shared: flag('one connection for all users'),
  yes: flag('ask nothing, accept all proposals'),
};

type Options = Values<typeof OPTIONS>;

const profileId: Reader<string> = (text) => {
  if (/^[a-z][a-z0-9-]{0,40}$/.test(text)) return text;
  throw new UsageError('small letters, digits and -, at most 41.');
};

/** Writes a profile for a server, from what the server says and what the operator allows. */
export const addProfile = command({
  name: 'profiles add',
  summary: 'create the profile of an assistant for a server; asks for what the options do not set',
  args: { id: required('PROFILE', 'the id of the new assistant', profileId) },
  options: OPTIONS,
  module: () => ProfilesCliModule.forRoot(),
  async run(app, { args: { id }, options }) {
    const author = app.get(ProfileAuthor);
    author.assertNew(id);
    using questions = new Questions(options.yes);
    const server = await serverOf(id, options, questions);
    const isolation = options.shared ? 'shared' : 'per-user';
    const offer = await author.look(id, server, isolation);
    const { name, description } = options;
    const profile: Profile = {
      id,
      name: name ?? (await questions.ask('Name', offer.name || id)),
      description: description ?? (await questions.ask('Description', offer.description)),
      ...DEFAULTS,
      servers: [server],
      ...(await toolsOf(id, offer, options, questions)),
      isolation,
    };
    const paths = await author.write(profile);
    const text = [
      ...paths.map((path) => relative('', path)),
      `Read both. They count from the next start; until then: npm run gateway -- profiles check ${id}`,
    ].join('\n');
    return { data: { id, paths }, text };
  },
});

type Tools = Pick<Profile, 'allowedTools' | 'toolRisks' | 'defaultTool'>;

/** Nothing is allowed by itself. */
async function toolsOf(
  server: string,
  { tools }: ServerOffer,
  options: Options,
  questions: Questions,
): Promise<Tools> {
  const named = options.allow;
  const risks =
    named.length > 0 || options.yes ? namedTools(named, tools) : await askedTools(tools, questions);
  if (risks.size === 0) throw new UsageError(nothingAllowed(tools));
  const allowed = tools.filter(({ name }) => risks.has(name));
  const defaultTool = await defaultToolOf(options.default, allowed, risks, questions);
  return {
    allowedTools: { [server]: allowed.map(({ name }) => name) },
    toolRisks: Object.fromEntries(risks),
    ...(defaultTool && { defaultTool }),
  };
}

/** As `--allow` has them: `TOOL`, with the risk that is proposed, or `TOOL=RISK`. */
function namedTools(
  named: readonly string[],
  tools: readonly OfferedTool[],
): Map<string, ToolRisk> {
  return new Map(
    named.map((text): [string, ToolRisk] => {
      const [, name = text, given] = /^(.+)=([^=]*)$/s.exec(text) ?? [];
      const tool = tools.find((one) => one.name === name);
      if (!tool) throw new UsageError(`--allow ${name}: the server has no such tool.`);
      const risk = given === undefined ? tool.risk : TOOL_RISKS.find((one) => one === given);
      if (!risk) throw new UsageError(`--allow ${name}: a risk is ${TOOL_RISKS.join(', ')}.`);
      return [name, risk];
    }),
  );
}

async function askedTools(
  tools: readonly OfferedTool[],
  questions: Questions,
): Promise<Map<string, ToolRisk>> {
  const risks = new Map<string, ToolRisk>();
  for (const { name, description, risk } of tools) {
    process.stderr.write(
      `\n${name}: ${description}\nIt may be a ${risk}, by what its server says.\n`,
    );
    const answer = await questions.choose(`Allow ${name} as`, [...TOOL_RISKS, 'no'], 'no');
    if (answer !== 'no') risks.set(name, answer);
  }
  return risks;
}

async function defaultToolOf(
  given: string | undefined,
  allowed: readonly OfferedTool[],
  risks: ReadonlyMap<string, ToolRisk>,
  questions: Questions,
): Promise<Profile['defaultTool']> {
  if (given !== undefined) {
    const [, name, argument] = /^(.+)=([^=]+)$/s.exec(given) ?? [];
    if (!name || !argument) throw new UsageError('--default: write it as TOOL=ARGUMENT');
    return { name, argument };
  }
  const fit = allowed.filter(
    ({ name, textArgument }) => textArgument !== undefined && risks.get(name) !== 'write',
  );
  if (fit.length === 0) return undefined;
  const choices = [...fit.map(({ name }) => name), 'none'];
  const chosen = await questions.choose('Tool for a text without a command', choices, 'none');
  const tool = fit.find(({ name }) => name === chosen);
  return tool && { name: tool.name, argument: tool.textArgument! };
}

function nothingAllowed(tools: readonly OfferedTool[]): string {
  const offered = tools.map(({ name, risk }) => `${name}=${risk}`).join(', ');
  return `Nothing is allowed, so nothing was written. Name tools with --allow. The server has: ${offered || 'none'}`;
}
