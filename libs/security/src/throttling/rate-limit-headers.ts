/** A limit that the request at hand was counted by. Times in seconds. */
export interface SpentLimit {
  readonly name: string;
  readonly limit: number;
  readonly windowSeconds: number;
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly isBlocked: boolean;
  /** What is counted. @default requests */
  readonly unit?: string;
}

/** The two fields of draft-ietf-httpapi-ratelimit-headers-10 (§3 and §4): lists of structured items, one a limit. */
export function rateLimitHeaders(spent: readonly SpentLimit[]): { policy: string; state: string } {
  let policy = '';
  let state = '';
  for (const { name, limit, windowSeconds, remaining, resetSeconds, unit } of spent) {
    const separator = policy === '' ? '' : ', ';
    policy += `${separator}"${name}";q=${limit};w=${windowSeconds}${unit === undefined ? '' : `;qu="${unit}"`}`;
    state += `${separator}"${name}";r=${remaining};t=${resetSeconds}`;
  }
  return { policy, state };
}
