import type { McpAuthorization } from '@app/mcp';
import { scopesIn } from './scope-text.js';

/**
 * Of what a server wants: what the person has not allowed yet and the profile lets it ask for. Empty if that is nothing,
 * undefined if the server does not say what it wants.
 */
export function missingScope(
  wanted: string | undefined,
  { scopes }: Pick<McpAuthorization, 'scopes'>,
  granted: { readonly scope: string },
): string | undefined {
  if (wanted === undefined) return undefined;
  const had = new Set(scopesIn(granted.scope));
  const isMissing = (scope: string) => !had.has(scope) && (!scopes || scopes.includes(scope));
  return scopesIn(wanted).filter(isMissing).join(' ');
}
