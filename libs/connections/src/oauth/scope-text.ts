/** One scope (RFC 6749 §3.3). */
const SCOPE = /^[\x21\x23-\x5b\x5d-\x7e]{1,200}$/;

/** The longest text of scopes that is kept. Characters. */
const SCOPE_CHARACTERS = 2_000;

export function scopesIn(text: string | null | undefined): string[] {
  return (text ?? '').split(/\s+/).filter((word) => word !== '');
}

/** What another side says of scopes, without what is none, and bounded. Undefined where nothing is left. */
export function boundedScope(text: string | undefined): string | undefined {
  let bounded = '';
  for (const scope of scopesIn(text?.slice(0, SCOPE_CHARACTERS + 200))) {
    if (!SCOPE.test(scope)) continue;
    const longer = bounded === '' ? scope : `${bounded} ${scope}`;
    if (longer.length > SCOPE_CHARACTERS) break;
    bounded = longer;
  }
  return bounded === '' ? undefined : bounded;
}
