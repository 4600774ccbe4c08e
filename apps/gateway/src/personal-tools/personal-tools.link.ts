import type { BuiltInMcpServers } from '@app/mcp';
import { PersonalToolsData, PersonalToolsServers } from '@app/personal-tools';
import { SecurityError } from '@app/security';
import { StreamableHTTPClientTransport, type Transport } from '@modelcontextprotocol/client';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { personalToolsLinkConfig } from './personal-tools-link.config.js';

const NAME = 'personal-tools';

/** How long the tools' own process may take to hand out or erase what somebody has there. Milliseconds. */
const PATIENCE = 10_000;

/**
 * Connects profiles to our own tools: in this process, or over HTTP where they run as their own. Either way the
 * user is named by us and authenticated by the gateway's own secret; the user's token stays here.
 */
@Injectable()
export class PersonalToolsLink implements BuiltInMcpServers {
  readonly tables: readonly string[];

  constructor(
    @Inject(PersonalToolsServers) private readonly inProcess: PersonalToolsServers,
    @Inject(PersonalToolsData) private readonly data: PersonalToolsData,
    @Inject(personalToolsLinkConfig.KEY)
    private readonly config: ConfigType<typeof personalToolsLinkConfig>,
  ) {
    this.tables = data.tables;
  }

  has(name: string): boolean {
    return name === NAME;
  }

  async connect(_name: string, userId: string): Promise<Transport> {
    const { remote } = this.config;
    if (!remote) return this.inProcess.connect(userId);
    return new StreamableHTTPClientTransport(new URL(remote.url), {
      requestInit: { headers: headersFor(userId, remote.token), redirect: 'error' },
    });
  }

  /**
   * Also what the gateway's own database has from a time before the tools got one of theirs.
   *
   * @throws SecurityError `unavailable` if the tools' own process does not answer
   */
  async exportOf(userId: string): Promise<unknown> {
    const here = await this.data.exportOf(userId);
    if (!this.config.remote) return here;
    const there = (await (await this.ask('GET', userId)).json()) as object;
    const isEmpty = Object.values(here).every((rows: readonly object[]) => rows.length === 0);
    return isEmpty ? there : { ...there, earlier: here };
  }

  /**
   * What the gateway's own database has from a time before the tools got one of theirs goes as well.
   *
   * @throws SecurityError `unavailable` if the tools' own process does not answer
   */
  async erase(userId: string): Promise<void> {
    await this.data.erase(userId);
    if (this.config.remote) await this.ask('DELETE', userId);
  }

  private async ask(method: 'GET' | 'DELETE', userId: string): Promise<Response> {
    const { url, token } = this.config.remote!;
    const answer = await fetch(new URL('owner-data', url), {
      method,
      headers: headersFor(userId, token),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    }).catch((cause: unknown) => {
      throw away(cause);
    });
    if (!answer.ok) throw away(new Error(`The personal tools answered ${answer.status}`));
    return answer;
  }
}

function headersFor(userId: string, token: string): Record<string, string> {
  return { Authorization: `Bearer ${token}`, 'X-Gateway-User': userId };
}

function away(cause: unknown): SecurityError {
  const message = 'A part of the service is not available now. Try again later.';
  return new SecurityError('unavailable', message, {}, { cause });
}
