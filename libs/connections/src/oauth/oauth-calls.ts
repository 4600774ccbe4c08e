import { AddressRules, guardedFetch, mcpConfig } from '@app/mcp';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { type OAuthFetch, oauthFetch } from './oauth-fetch.js';

/** How requests of OAuth are made on behalf of a server: to the addresses that its profile lets the server be at. */
@Injectable()
export class OAuthCalls {
  /** As many as there are such lists in profiles. */
  private readonly byList = new Map<string, OAuthFetch>();

  constructor(@Inject(mcpConfig.KEY) private readonly config: ConfigType<typeof mcpConfig>) {}

  /** @param allowed addresses, networks and names of hosts that are not of the public Internet */
  of(allowed: readonly string[] = []): OAuthFetch {
    const key = JSON.stringify(allowed);
    let calls = this.byList.get(key);
    if (!calls) {
      const { allowsLoopback } = this.config;
      const send = guardedFetch(new AddressRules({ allowed, allowsLoopback }));
      calls = oauthFetch({ send, allowsLoopback });
      this.byList.set(key, calls);
    }
    return calls;
  }
}
