/** Maps a library error to a reason for the log: the library's message quotes the client's input. */
export function refusalOf(error: unknown): string {
  const text = error instanceof Error ? error.message : '';
  return REASONS.find(([pattern]) => pattern.test(text))?.[1] ?? 'invalid';
}

const REASONS: readonly (readonly [RegExp, string])[] = [
  [/response challenge|challenge verifier/, 'challenge'],
  [/response origin|top origin/, 'origin'],
  [/RP ID/, 'rp_id'],
  [/could not be verified/, 'user_not_verified'],
  [/not present/, 'user_not_present'],
];
