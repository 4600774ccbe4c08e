import type { McpErrorCode } from '../mcp.error.js';
import type { ToolFault } from '../results/tool-list.js';

/** Most faults of one list that are kept. */
const MOST_FAULTS = 100;

/** Whose failure these are not: of the caller, of the person, or of how many use the gateway. */
const OTHERS: readonly McpErrorCode[] = ['mcp_authorization_required', 'mcp_busy', 'mcp_cancelled'];

/** The server of a profile. */
export interface ServerName {
  readonly profileId: string;
  readonly serverName: string;
}

/** In words that an operator can act on, as the log has them. */
export interface ServerFailure {
  readonly at: Date;
  readonly code: McpErrorCode;
  readonly reason: string;
  readonly statusCode?: number;
  readonly field?: string;
  /** Which call failed; undefined where the connection did, or a list could not be read. */
  readonly tool?: string;
}

export type ListName = 'tools' | 'prompts';

/** What is wrong with one tool or prompt. */
export interface ListFault extends ToolFault {
  readonly list: ListName;
}

/** What is known of a server since this process began. */
export interface ServerRecord {
  /** When a connection was opened last. */
  readonly connectedAt: Date | undefined;
  /** Whether it could not be connected, broke, or had no list that can be read, and nothing has gone well since. */
  readonly isFailing: boolean;
  readonly lastFailure: ServerFailure | undefined;
  /** Of its lists as they were read last, for whatever user. */
  readonly faults: readonly ListFault[];
}

const NOTHING: ServerRecord = {
  connectedAt: undefined,
  isFailing: false,
  lastFailure: undefined,
  faults: [],
};

/**
 * What operators are shown of servers beside the log: how each fares, and what of its lists is left out. As many as the
 * profiles name, each of bounded size.
 */
export class ServerRecords {
  private readonly records = new Map<string, ServerRecord>();

  of(server: ServerName): ServerRecord {
    return this.records.get(serverKeyOf(server)) ?? NOTHING;
  }

  connected(server: ServerName): void {
    this.change(server, { connectedAt: new Date(), isFailing: false });
  }

  failed(server: ServerName, failure: Omit<ServerFailure, 'at'>): void {
    if (OTHERS.includes(failure.code)) return;
    const isFailing = failure.tool === undefined || this.of(server).isFailing;
    this.change(server, { lastFailure: { ...failure, at: new Date() }, isFailing });
  }

  /** In place of what was wrong with that list before. */
  listRead(server: ServerName, list: ListName, faults: readonly ToolFault[]): void {
    const others = this.of(server).faults.filter((fault) => fault.list !== list);
    const own = faults.slice(0, MOST_FAULTS).map((fault) => ({ ...fault, list }));
    this.change(server, { faults: [...others, ...own], isFailing: false });
  }

  private change(server: ServerName, change: Partial<ServerRecord>): void {
    this.records.set(serverKeyOf(server), { ...this.of(server), ...change });
  }
}

/** One server, for all its users. */
export function serverKeyOf({ profileId, serverName }: ServerName): string {
  return JSON.stringify([profileId, serverName]);
}
