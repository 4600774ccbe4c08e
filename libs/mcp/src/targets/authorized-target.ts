import type { ResolvedTarget } from './resolve-target.js';
import { SHORTEST_SECRET } from './secrets-of.js';
import type { ServerCredential } from './server-credentials.js';

/** Tokens that are remembered of a connection. */
const KEPT_TOKENS = 4;

/** The tokens that a server has lately been shown: it may repeat them in what the log quotes. */
export class ShownTokens {
  private readonly tokens: string[] = [];

  get all(): readonly string[] {
    return this.tokens;
  }

  add(token: string): void {
    if (token.length < SHORTEST_SECRET || this.tokens.includes(token)) return;
    this.tokens.unshift(token);
    this.tokens.splice(KEPT_TOKENS);
  }
}

/** How the requests of a connection are authorized. */
export interface TargetAuthorization {
  readonly credential: ServerCredential;
  readonly shown: ShownTokens;
}

/** A target as its user may reach it. A renewed token is of the same connection, another account is not. */
export function authorizedTarget(
  target: ResolvedTarget,
  credential: ServerCredential,
): ResolvedTarget {
  const shown = new ShownTokens();
  return {
    ...target,
    key: `${target.key} ${credential.id}`,
    authorization: { credential, shown },
    get secrets() {
      return [...shown.all, ...target.secrets];
    },
  };
}
