import type { BuiltInMcpServers } from '@app/mcp';
import { PersonalToolsData, PersonalToolsServers } from '@app/personal-tools';
import { SecurityError } from '@app/security';
import type { Transport } from '@modelcontextprotocol/client';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { personalToolsLinkConfig } from './personal-tools-link.config.js';

const NAME = 'personal-tools';

/** How long the tools' own process may take to export or erase the data of one account. Milliseconds. */
const REQUEST_TIMEOUT_MS = 10_000;

/**
 * Connects profiles to our own tools: in this process, or over HTTP where they run as their own. Either way the
 * user is named by us and authenticated by the gateway's own secret; the user's token stays here.
 */
@Injectable()
export class PersonalToolsLink implements BuiltInMcpServers {
  readonly tables: readonly string[];

  constructor(
    private readonly inProcess: PersonalToolsServers,
    private readonly data: PersonalToolsData,
    @Inject(personalToolsLinkConfig.KEY)
    private readonly config: ConfigType<typeof personalToolsLinkConfig>,
  ) {
    this.tables = data.tables;
  }

  has(name: string): boolean {
    return name === NAME;
  }

  async connect(_name: string, accountId: string): Promise<Transport> {
    const { remote } = this.config;
    if (!remote) return this.inProcess.connect(accountId);
    const { StreamableHTTPClientTransport } = await import('@modelcontextprotocol/client');
    return new StreamableHTTPClientTransport(new URL(remote.url), {
      requestInit: { headers: headersFor(accountId, remote.token), redirect: 'error' },
    });
  }

  /**
   * Also what the gateway's own database has from a time before the tools got one of theirs.
   *
   * @throws SecurityError `unavailable` if the tools' own process does not answer
   */
  async exportOf(accountId: string): Promise<unknown> {
    const here = await this.data.exportOf(accountId);
    if (!this.config.remote) return here;
    const there = (await (await this.ask('GET', accountId)).json()) as object;
    return (await this.data.hasAny(accountId)) ? { ...there, earlier: here } : there;
  }

  /**
   * What the gateway's own database has from a time before the tools got one of theirs goes as well.
   *
   * @throws SecurityError `unavailable` if the tools' own process does not answer
   */
  async erase(accountId: string): Promise<void> {
    await this.data.erase(accountId);
    if (this.config.remote) await this.ask('DELETE', accountId);
  }

  private async ask(method: 'GET' | 'DELETE', accountId: string): Promise<Response> {
    const { url, token } = this.config.remote!;
    const answer = await fetch(new URL('owner-data', url), {
      method,
      headers: headersFor(accountId, token),
      redirect: 'error',
      signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
    }).catch((cause: unknown) => {
      throw away(cause);
    });
    if (!answer.ok) throw away(new Error(`The personal tools answered ${answer.status}`));
    return answer;
  }
}

function headersFor(accountId: string, token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}`, 'X-Gateway-User': accountId };
}

function away(cause: unknown): SecurityError {
  const message = 'A part of the service is not available now. Try again later.';
  return SecurityError.unavailable(cause, message);
}
