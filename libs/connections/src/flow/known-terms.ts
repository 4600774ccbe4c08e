import { Injectable } from '@nestjs/common';
import { type AuthorizationTerms, discoverTerms } from '../oauth/discovery.js';
import { OAuthCalls } from '../oauth/oauth-calls.js';
import type { OAuthServer } from '../oauth-servers.js';

/** How long what a server wants is taken for granted. Milliseconds. */
const TRUSTED_MS = 5 * 60_000;

interface Known {
  readonly terms: Promise<AuthorizationTerms>;
  readonly until: number;
  isAsked: boolean;
}

/** How servers want to be authorized. However many people ask at once, a server is asked once. */
@Injectable()
export class KnownTerms {
  private readonly known = new Map<string, Known>();

  constructor(private readonly calls: OAuthCalls) {}

  /**
   * @param anew the server may have moved to another authorization server since it was asked
   * @throws Error
   */
  of(
    { url, allowPrivateAddresses: allowed }: OAuthServer,
    anew = false,
  ): Promise<AuthorizationTerms> {
    const key = JSON.stringify([url, allowed]);
    const known = this.known.get(key);
    if (known?.isAsked || (known && !anew && performance.now() < known.until)) return known.terms;
    const terms = discoverTerms(url, this.calls.of(allowed));
    const entry = { terms, until: performance.now() + TRUSTED_MS, isAsked: true };
    const answered = () => (entry.isAsked = false);
    terms.then(answered, answered);
    this.known.set(key, entry);
    return terms;
  }

  /** What has failed is tried again. */
  forget({ url, allowPrivateAddresses: allowed }: OAuthServer): void {
    this.known.delete(JSON.stringify([url, allowed]));
  }
}
