/** The ids of accounts, which are UUIDs of version 7, in either case of their letters. */
const ACCOUNT_IDS = /\b[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}\b/gi;

/** Ids as they are stored: only so does an erasure find them in a text. */
export function withCanonicalIds(text: string): string {
  return text.replace(ACCOUNT_IDS, (id) => id.toLowerCase());
}

/** What may be accounts in texts with canonical ids. */
export function idsIn(texts: Iterable<string>): ReadonlySet<string> {
  return new Set([...texts].flatMap((text) => text.match(ACCOUNT_IDS) ?? []));
}
