import type { ReferenceVariable, VariableGroup } from './configuration-reference.js';

const START = '<!-- variables -->';
const END = '<!-- /variables -->';

/** Compose refuses to start without these. */
const REQUIRED_BY_COMPOSE = new Set([
  'JWT_SECRET',
  'PASSWORD_PEPPER',
  'PERSONAL_TOOLS_TOKEN',
  'POSTGRES_PASSWORD',
  'PERSONAL_TOOLS_POSTGRES_PASSWORD',
]);

/** What the example sets to something else than the default: it is for a deployment. */
const EXAMPLES: Readonly<Record<string, string>> = { NODE_ENV: 'production' };

const HEAD = `# Every variable that is read, with its default. An empty one counts as unset.
# With compose:    cp .env.example .env, fill in the secrets marked "required by compose".
# Without compose: the gateway reads .env in the folder in which it is started.
# Written by: npm run configuration. docs/configuration.md has the same list.
`;

/** The document with its tables made anew. */
export function renderDocument(document: string, groups: readonly VariableGroup[]): string {
  const [before, after] = [document.split(START)[0]!, document.split(END)[1]!];
  const tables = groups.map(
    ({ title, variables }) =>
      `## ${title}\n\n| variable | default | values | meaning | read by |\n| --- | --- | --- | --- | --- |\n` +
      variables.map(rowOf).join('\n'),
  );
  return `${before}${START}\n\n${tables.join('\n\n')}\n\n${END}${after}`;
}

function rowOf({ name, byDefault, unset, range, isSecret, meaning, readBy }: ReferenceVariable) {
  const value = unset ?? (byDefault === undefined ? 'none' : `\`${byDefault}\``);
  const mark = REQUIRED_BY_COMPOSE.has(name) ? ' It is required by compose.' : '';
  const secret = isSecret === true ? ` Or \`${name}_FILE\`.` : '';
  const cells = [
    `\`${name}\``,
    value,
    range ?? '',
    `${meaning}${secret}${mark}`,
    readBy.join(', '),
  ];
  return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;
}

export function renderExample(groups: readonly VariableGroup[]): string {
  const parts = groups.map(
    ({ title, variables }) => `\n# --- ${title} ---\n\n${variables.map(exampleOf).join('\n')}\n`,
  );
  return HEAD + parts.join('');
}

function exampleOf(variable: ReferenceVariable): string {
  const { name, byDefault, unset, range, meaning } = variable;
  const values = range === undefined ? '' : ` Values: ${range}.`;
  const mark = REQUIRED_BY_COMPOSE.has(name) ? ' It is required by compose.' : '';
  const comment = `# ${meaning}${values}${mark} Default: ${unset ?? byDefault ?? 'none'}.`;
  if (name.endsWith('*')) return `${comment}\n# ${name}=`;
  const value = EXAMPLES[name] ?? (unset === undefined ? byDefault : undefined) ?? '';
  // What has white space would need quotes, which not every reader of such files takes off.
  return `${comment}\n${name}=${/\s/.test(value) ? '' : value}`;
}
