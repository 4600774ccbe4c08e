import type { McpTool } from '@app/mcp';
import type { Profile } from '../profiles/profile.js';
import type { CommandArgumentView } from '../profiles/profile.view.js';
import { toCommandView } from './command.view.js';

/** The answer to /help: what can be written here. */
export function helpText(profile: Profile, tools: readonly McpTool[]): string {
  const lines = tools.map(toCommandView).map(({ name, description, arguments: given }) => {
    const usage = [`/${name}`, ...given.map(usageOf)].join(' ');
    const summary = description.split('\n')[0]!.trim();
    return summary === '' ? usage : `${usage}\n  ${summary}`;
  });
  const { defaultTool } = profile;
  const plain = defaultTool
    ? `Anything without a slash goes to /${defaultTool.name}.`
    : 'Begin with a slash; other text is not understood.';
  return [
    `${profile.name}: ${profile.description}`,
    'No language model is configured here: write one of these commands.',
    ...lines,
    plain,
  ].join('\n\n');
}

function usageOf({ name, type, required }: CommandArgumentView): string {
  const argument = `${name}=<${type}>`;
  return required ? argument : `[${argument}]`;
}
