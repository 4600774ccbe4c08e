import { canonicalDigest } from '../json/canonical-json.js';

/** What a profile can allow and a person can write as a command: one word. Servers use far more than the form recommended. */
export const ENTRY_NAME = /^[^\s\p{C}]{1,128}$/u;

/** The digest of those members that there are; undefined where they are nested too deeply. */
export function digestOfMembers(
  given: Record<string, unknown>,
  names: readonly string[],
): string | undefined {
  const members = names.filter((name) => given[name] !== undefined && given[name] !== null);
  try {
    return canonicalDigest(Object.fromEntries(members.map((name) => [name, given[name]])));
  } catch {
    return undefined;
  }
}
