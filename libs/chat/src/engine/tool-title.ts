import type { McpTool } from '@app/mcp';

/** The longest title that is shown. Characters. */
const LONGEST_TITLE = 80;

/** What a tool is called where a person sees it at work: its title, or its name in words. */
export function toolTitle({ title, name }: Pick<McpTool, 'title' | 'name'>): string {
  const given = title?.trim();
  const shown = given ? given : sentenceOf(name);
  return Array.from(shown).slice(0, LONGEST_TITLE).join('');
}

function sentenceOf(name: string): string {
  const words = name.replace(/[_-]+/g, ' ').trim();
  return words === '' ? name : `${words[0]!.toUpperCase()}${words.slice(1)}`;
}
