import { McpError } from '../mcp.error.js';
import type { McpTarget } from './mcp-target.js';

/** Why a server has refused a token. */
export interface TokenChallenge {
  /** 401, or 403 where the token lacks a scope. */
  readonly statusCode: number;
  /** The scopes that the server asks for, separated by spaces (RFC 6750 §3). */
  readonly scope?: string;
}

/** What one user has allowed at one server of a profile. */
export interface ServerCredential {
  /** The same as long as it is of the same account at the server, however often its token is renewed. */
  readonly id: string;
  /** A token that is valid now. @throws McpError `mcp_authorization_required` */
  token(): Promise<string>;
  /**
   * Another token for the one that the server has refused: the request was not executed, and is made once more.
   *
   * @throws McpError `mcp_authorization_required` if there is none
   */
  renew(refused: string, challenge: TokenChallenge): Promise<string>;
  /** The server has refused the renewed token as well. @throws McpError `mcp_authorization_required` */
  giveUp(refused: string, challenge: TokenChallenge): Promise<never>;
}

/** What users have allowed at servers that ask for it (OAuth). The composing app provides it to `McpModule.forRoot`. */
export interface ServerCredentials {
  /** @throws McpError `mcp_authorization_required` if the user has not connected the server */
  find(target: McpTarget): Promise<ServerCredential>;
}
export const ServerCredentials = Symbol('ServerCredentials');

/** For processes that act for no user. */
export const noServerCredentials: ServerCredentials = {
  find: () => Promise.reject(new McpError('mcp_authorization_required')),
};
