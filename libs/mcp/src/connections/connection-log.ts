import { Logger } from '@nestjs/common';
import { McpError } from '../mcp.error.js';
import { cleanText } from '../results/clean-text.js';
import type { ToolFault } from '../results/tool-list.js';
import type { McpTarget } from '../targets/mcp-target.js';
import { maskSecrets } from '../targets/secrets-of.js';

/** Of which connection a line tells. */
interface Subject {
  readonly profileId: string;
  readonly serverName: string;
  readonly secrets: readonly string[];
}

const TOOL_EVENTS: Readonly<Record<ToolFault['outcome'], object>> = {
  skipped: { event: 'mcp.tool.skipped' },
  mended: { event: 'mcp.tool.mended' },
  cut: { event: 'mcp.tool.cut' },
};

/** Longest text of one field. Characters. */
const QUOTE_LIMIT = 400;

/**
 * What the log says of connections: in words that an operator can act on, down to the HTTP status, the tool and the
 * field. What is a server's word in it is cleaned, bounded, and without the secrets of its configuration.
 */
export class ConnectionLog {
  constructor(private readonly logger: Logger) {}

  /** A server whose placeholders cannot be filled in fails like one that cannot be opened. */
  resolving<T>({ profileId, server }: McpTarget, resolve: () => T): T {
    try {
      return resolve();
    } catch (error) {
      this.failed({ profileId, serverName: server.name, secrets: [] }, McpError.from(error));
      throw error;
    }
  }

  connected(subject: Subject): void {
    this.logger.log({ event: 'mcp.connected', ...facts(subject) });
  }

  closed(subject: Subject): void {
    this.logger.log({ event: 'mcp.closed', ...facts(subject) });
  }

  /** It could not be opened, or ended by itself. */
  failed(subject: Subject, error: McpError): void {
    this.logger.warn({
      event: 'mcp.failed',
      ...facts(subject),
      ...failure(error, subject.secrets),
    });
  }

  /** One call got no result, or the list of tools could not be read. */
  callFailed(subject: Subject, tool: string | undefined, error: McpError): void {
    this.logger.warn({
      event: 'mcp.call.failed',
      ...facts(subject),
      ...(tool !== undefined && { tool }),
      ...failure(error, subject.secrets),
    });
  }

  toolFault(subject: Subject, { outcome, tool, field, reason }: ToolFault): void {
    this.logger.warn({
      ...TOOL_EVENTS[outcome],
      ...facts(subject),
      tool: quoted(tool, subject.secrets),
      field: quoted(field, subject.secrets),
      reason: quoted(reason, subject.secrets),
    });
  }

  sessionRenewed(subject: Subject, { details: { statusCode } }: McpError): void {
    this.logger.warn({
      event: 'mcp.session.lost',
      ...facts(subject),
      ...(statusCode && { statusCode }),
    });
  }

  /** What a server in a process wrote to stderr before it failed. */
  lastWords(subject: Subject, lines: readonly string[]): void {
    for (const line of lines) {
      this.logger.warn({
        event: 'mcp.server.stderr',
        ...facts(subject),
        stderr: quoted(line, subject.secrets),
      });
    }
  }
}

function facts({ profileId, serverName: server }: Subject) {
  return { profileId, server };
}

function failure({ code, message, details }: McpError, secrets: readonly string[]) {
  const { statusCode, field, reason } = details;
  const words = reason === undefined ? message : `${message} ${reason}`;
  return {
    code,
    reason: quoted(words, secrets),
    ...(statusCode !== undefined && { statusCode }),
    ...(field !== undefined && { field }),
  };
}

function quoted(text: string, secrets: readonly string[]): string {
  return maskSecrets(cleanText(text), secrets).slice(0, QUOTE_LIMIT);
}
