import type { Profile } from '../profiles/profile.js';
import type { CommandArgumentView } from './capabilities.view.js';
import { toCommandView } from './command.view.js';
import type { AvailableCommands } from './profile-prompts.js';

/** The answer to /help: what can be written here, and which commands do not work at the moment. */
export function helpText(
  profile: Profile,
  { commands, unavailable }: AvailableCommands,
  hasModel: boolean,
): string {
  const lines = commands.map(toCommandView).map(({ name, description, arguments: given }) => {
    const usage = [`/${name}`, ...given.map(usageOf)].join(' ');
    const summary = description.split('\n')[0]!.trim();
    return summary === '' ? usage : `${usage}\n  ${summary}`;
  });
  return [
    `${profile.name}: ${profile.description}`,
    hasModel
      ? 'Write what you want in your own words, or one of these commands.'
      : 'No language model is configured here: write one of these commands.',
    ...lines,
    ...(unavailable.length > 0 ? [unavailableText(unavailable)] : []),
    ...(hasModel ? [] : [plainText(profile)]),
  ].join('\n\n');
}

function plainText({ defaultTool }: Profile): string {
  return defaultTool
    ? `Anything without a slash goes to /${defaultTool.name}.`
    : 'Begin with a slash; other text is not understood.';
}

function unavailableText(names: readonly string[]): string {
  const commands = names.map((name) => `/${name}`).join(', ');
  return `Not available at the moment: ${commands}. Try again later.`;
}

function usageOf({ name, type, required }: CommandArgumentView): string {
  const argument = `${name}=<${type}>`;
  return required ? argument : `[${argument}]`;
}
