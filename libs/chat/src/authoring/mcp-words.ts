import { McpError } from '@app/mcp';

/** Longest text of a server that is shown. Characters. */
const LONGEST_REASON = 300;

/** Why a server cannot be used, for the terminal of an operator: its own words without what could steer a terminal. */
export function operatorWords(error: unknown): string {
  const { message, details } = McpError.from(error);
  const status = details.statusCode === undefined ? [] : [`HTTP ${details.statusCode}.`];
  const reason = details.reason === undefined ? [] : [details.reason];
  return printable([message, ...status, ...reason].join(' '));
}

export function printable(text: string): string {
  return text
    .replace(/\p{C}+/gu, ' ')
    .slice(0, LONGEST_REASON)
    .toWellFormed();
}
