import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type Configuration, Provider } from 'oidc-provider';
import { isSecret } from '../e2e/evidence.ts';
import { aNotesServer, SCOPES } from './notes-server.ts';
import { asPerson } from './person.ts';

export interface WorldOptions {
  /** The lifetime of an access token. Seconds. @default 3600 */
  readonly tokenSeconds?: number;
  /** What is other than the configuration below. */
  readonly configuration?: Partial<Configuration>;
  /** What the MCP server says of itself, other than it should. */
  readonly resourceMetadata?: object;
}

/** An MCP server that takes calls with a token for it, and the authorization server that issues them. */
export interface OAuthWorld {
  readonly issuer: string;
  /** Of the MCP server. */
  readonly url: string;
  /** The grant type of each request to the token endpoint, and whether it was met. */
  readonly tokenRequests: { grantType: string; isMet: boolean }[];
  /** The person of each call of a tool. */
  readonly calls: string[];
  /** May be set: the lifetime of access tokens that are issued from now on. Seconds. */
  tokenSeconds: number;
  /** May be set: the scope that the MCP server wants. */
  neededScope: string;
  /** May be set: sees each request to the authorization server first; true if it has answered. */
  interceptor: Interceptor | undefined;
  /** The same for requests to the MCP server. */
  serverInterceptor: Interceptor | undefined;
  /** Ends all that a person has allowed, as an administrator there would. */
  revoke(sub: string): Promise<void>;
  /** Whether a refresh token of its own is still valid. */
  isValid(refreshToken: string): Promise<boolean>;
  /** Refresh tokens and access tokens that it has issued, the latest last. */
  readonly issued: string[];
  allow(authorizeUrl: string, login: string): Promise<URL>;
  refuse(authorizeUrl: string, login: string): Promise<URL>;
  close(): void;
}

export type Interceptor = (request: IncomingMessage, response: ServerResponse) => boolean;

export async function anOAuthWorld(options: WorldOptions = {}): Promise<OAuthWorld> {
  const [mcp, auth] = await Promise.all([listening(), listening()]);
  const url = `${mcp.origin}/mcp`;
  const issuer = auth.origin;
  const grants = new Map<string, Set<string>>();
  const world: OAuthWorld = {
    issuer,
    url,
    tokenRequests: [],
    calls: [],
    tokenSeconds: options.tokenSeconds ?? 3600,
    neededScope: 'notes:read',
    interceptor: undefined,
    serverInterceptor: undefined,
    issued: [],
    async revoke(sub) {
      for (const id of grants.get(sub) ?? []) {
        await (await provider.Grant.find(id))?.destroy();
        await provider.RefreshToken.revokeByGrantId(id);
      }
    },
    isValid: async (token) => (await provider.RefreshToken.find(token)) !== undefined,
    allow: (address, login) => asPerson(address, login, 'allow'),
    refuse: (address, login) => asPerson(address, login, 'refuse'),
    close() {
      for (const { server } of [mcp, auth]) {
        server.closeAllConnections();
        server.close();
      }
    },
  };
  const provider = new Provider(issuer, { ...configurationOf(world), ...options.configuration });
  const note = (isMet: boolean) => (context: GrantContext) =>
    world.tokenRequests.push({ grantType: String(context.oidc.params?.grant_type), isMet });
  provider.on('grant.error', note(false));
  provider.on('grant.success', note(true));
  provider.on('grant.success', ({ body, oidc }) => {
    const { access_token: access, refresh_token: refresh } = body as Record<string, string>;
    for (const token of [refresh, access].filter((one) => one !== undefined)) {
      isSecret(token);
      world.issued.push(token);
    }
    const { Account, Grant } = oidc.entities;
    if (!Account || !Grant) return;
    const known = grants.get(Account.accountId) ?? new Set();
    grants.set(Account.accountId, known.add(Grant.jti));
  });
  const answer = provider.callback();
  auth.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!world.interceptor?.(request, response)) void answer(request, response);
  });
  const { resourceMetadata: metadata } = options;
  const notes = aNotesServer({
    url,
    issuer,
    ...(metadata && { metadata }),
    neededScope: () => world.neededScope,
    onCall: (sub) => world.calls.push(sub),
  });
  mcp.server.on('request', (request: IncomingMessage, response: ServerResponse) => {
    if (!world.serverInterceptor?.(request, response)) notes(request, response);
  });
  return world;
}

interface GrantContext {
  readonly oidc: { readonly params?: Record<string, unknown> };
}

function configurationOf(world: OAuthWorld): Configuration {
  return {
    pkce: { required: () => true },
    scopes: ['openid', 'offline_access', ...SCOPES],
    features: {
      devInteractions: { enabled: true },
      registration: { enabled: true },
      revocation: { enabled: true },
      resourceIndicators: {
        enabled: true,
        useGrantedResource: () => true,
        getResourceServerInfo: (_, resource) => {
          if (resource !== world.url) throw new Error(`no such resource: ${resource}`);
          return {
            scope: SCOPES.join(' '),
            audience: world.url,
            accessTokenFormat: 'jwt',
            accessTokenTTL: world.tokenSeconds,
          };
        },
      },
    },
    ttl: {
      AuthorizationCode: 60,
      Grant: 3600,
      Interaction: 600,
      RefreshToken: 3600,
      Session: 3600,
    },
    issueRefreshToken: () => true,
    rotateRefreshToken: true,
    cookies: { keys: ['a key of a test'] },
    findAccount: (_, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  };
}

async function listening(): Promise<{ server: Server; origin: string }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}
