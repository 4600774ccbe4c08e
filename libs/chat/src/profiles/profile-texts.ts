import { commandNames, type Profile } from './profile.js';

/** A sentence to begin with. */
export interface Suggestion {
  readonly text: string;
  /** What it is where no language model answers; without it, the text is sent all the same. */
  readonly command?: string;
}

/** The texts of a profile in one more language, in the order of its own. */
export interface Translation {
  readonly name: string;
  readonly description: string;
  readonly capabilities?: readonly string[];
  readonly suggestions?: readonly string[];
}

/** How an assistant introduces itself. */
export interface ProfileTexts {
  readonly name: string;
  readonly description: string;
  readonly capabilities: readonly string[];
  readonly suggestions: readonly string[];
}

const OWN_LANGUAGE = 'en';

/** Its own language, then those that it has translations for. */
export function languagesOf({ language, translations = {} }: Profile): [string, ...string[]] {
  return [language ?? OWN_LANGUAGE, ...Object.keys(translations)];
}

/** @param hasModel whether a language model answers what is no command */
export function textsIn(profile: Profile, language: string, hasModel: boolean): ProfileTexts {
  const { name, description, capabilities = [], suggestions = [], translations = {} } = profile;
  const translated = translations[language];
  const words = translated?.suggestions ?? suggestions.map(({ text }) => text);
  return {
    name: translated?.name ?? name,
    description: translated?.description ?? description,
    capabilities: translated?.capabilities ?? capabilities,
    suggestions: hasModel
      ? words
      : [...new Set(suggestions.map(({ command }, index) => command ?? words[index]!))],
  };
}

/** What a schema cannot say: that all is translated, and that commands exist. */
export function badTexts(profile: Profile): string | undefined {
  const { capabilities = [], suggestions = [], translations = {} } = profile;
  const tools = ['help', ...commandNames(profile)];
  const stray = suggestions.findIndex(
    ({ command }) => command !== undefined && !tools.includes(/^\/(\S+)/.exec(command)?.[1] ?? ''),
  );
  if (stray >= 0) return `suggestions/${stray}/command is none of the assistant's commands`;
  const [own] = languagesOf(profile);
  if (Object.hasOwn(translations, own)) return `translations/${own} is its own language`;
  for (const [language, translated] of Object.entries(translations)) {
    const parts = { capabilities, suggestions };
    for (const part of ['capabilities', 'suggestions'] as const) {
      const count = translated[part]?.length ?? 0;
      if (count !== parts[part].length) {
        return `translations/${language}/${part} has ${count} of ${parts[part].length} texts`;
      }
    }
  }
  return undefined;
}
