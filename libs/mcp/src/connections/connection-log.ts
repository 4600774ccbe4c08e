import { Logger } from '@nestjs/common';
import type { MessageLevel } from '../dialog/server-messages.js';
import { McpError } from '../mcp.error.js';
import { cleanText } from '../results/clean-text.js';
import type { ToolFault } from '../results/tool-list.js';
import type { McpTarget } from '../targets/mcp-target.js';
import { maskSecrets } from '../targets/secrets-of.js';
import type { ListName, ServerRecords } from './server-records.js';

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
  /** @param records keep the same for operators who ask */
  constructor(
    private readonly logger: Logger,
    private readonly records: ServerRecords,
  ) {}

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
    this.records.connected(subject);
    this.logger.log({ event: 'mcp.connected', ...facts(subject) });
  }

  closed(subject: Subject): void {
    this.logger.log({ event: 'mcp.closed', ...facts(subject) });
  }

  /** It could not be opened, or ended by itself. */
  failed(subject: Subject, error: McpError): void {
    const failed = failure(error, subject.secrets);
    this.records.failed(subject, failed);
    this.logger.warn({ event: 'mcp.failed', ...facts(subject), ...failed });
  }

  /** The server fails for one user after the other, and is not tried for so long. */
  paused(subject: Subject, seconds: number): void {
    this.logger.warn({ event: 'mcp.server.paused', ...facts(subject), seconds });
  }

  resumed(subject: Subject): void {
    this.logger.log({ event: 'mcp.server.resumed', ...facts(subject) });
  }

  /** One call got no result, or the list of tools could not be read. */
  callFailed(subject: Subject, tool: string | undefined, error: McpError): void {
    const failed = { ...(tool !== undefined && { tool }), ...failure(error, subject.secrets) };
    this.records.failed(subject, failed);
    this.logger.warn({ event: 'mcp.call.failed', ...facts(subject), ...failed });
  }

  private toolFault(subject: Subject, fault: ToolFault): void {
    const { outcome, ...words } = quotedFault(fault, subject.secrets);
    this.logger.warn({ ...TOOL_EVENTS[outcome], ...facts(subject), ...words });
  }

  /** What is told of one connection. */
  listener(subject: Subject) {
    return {
      onToolFault: (fault: ToolFault) => this.toolFault(subject, fault),
      onListRead: (list: ListName, faults: readonly ToolFault[]) => {
        const words = faults.map((fault) => quotedFault(fault, subject.secrets));
        this.records.listRead(subject, list, words);
      },
      onUnfitQuestion: (reason: string) => this.unfitQuestion(subject, reason),
      onMessage: (level: MessageLevel, text: string) => this.message(subject, level, text),
      onDropped: (count: number) =>
        this.logger.warn({ event: 'mcp.server.flooded', ...facts(subject), count }),
    };
  }

  /** What a server has for the log. */
  private message(subject: Subject, level: MessageLevel, text: string): void {
    const said = quoted(text, subject.secrets);
    const line = { event: 'mcp.server.message', ...facts(subject), said };
    switch (level) {
      case 'debug':
        return this.logger.debug(line);
      case 'info':
        return this.logger.log(line);
      case 'warn':
        return this.logger.warn(line);
      case 'error':
        return this.logger.error(line);
    }
  }

  /** What a server asked was declined without being shown to the person. */
  private unfitQuestion(subject: Subject, reason: string): void {
    this.logger.warn({ event: 'mcp.question.declined', ...facts(subject), reason });
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

function quotedFault(
  { outcome, tool, field, reason }: ToolFault,
  secrets: readonly string[],
): ToolFault {
  const [ofTool, ofField, why] = [tool, field, reason].map((text) => quoted(text, secrets));
  return { outcome, tool: ofTool!, field: ofField!, reason: why! };
}

function quoted(text: string, secrets: readonly string[]): string {
  return maskSecrets(cleanText(text), secrets).slice(0, QUOTE_LIMIT);
}
