import type { AuthorizationServerMetadata, FetchLike } from '@modelcontextprotocol/client';
import type { OAuthClient } from './grant.js';
import { OAuthFailure } from './oauth-failure.js';
import type { OAuthFetch } from './oauth-fetch.js';

/** How the gateway describes itself: in its own document (Client ID Metadata Document), and where it registers. */
export interface ClientDescription {
  readonly client_name: string;
  readonly client_uri?: string;
  readonly redirect_uris: [string];
  readonly grant_types: string[];
  readonly response_types: string[];
  readonly token_endpoint_auth_method: string;
  readonly application_type: 'web' | 'native';
}

/** Where this gateway can be found by authorization servers. */
export interface GatewayAddresses {
  /** Where people return to. */
  readonly redirectUri: string;
  /** Of the document that describes the gateway. Undefined where no one else could read it. */
  readonly documentUrl: string | undefined;
  readonly publicUrl: string | undefined;
}

/** A client as an authorization server has just registered it. */
export interface Registration {
  readonly client: OAuthClient;
  /** When its secret ends. Null: it does not. */
  readonly expiresAt: Date | null;
}

/** Keeps clients that authorization servers have registered. */
export interface RegisteredClients {
  /** The client that is known, or else the one that `register` gets, once for all who ask at the same time. */
  get(
    issuer: string,
    redirectUri: string,
    register: () => Promise<Registration>,
  ): Promise<OAuthClient>;
}

export function describeClient({ redirectUri, publicUrl }: GatewayAddresses): ClientDescription {
  return {
    client_name: 'MCP Phone gateway',
    ...(publicUrl !== undefined && { client_uri: publicUrl }),
    redirect_uris: [redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
    application_type: redirectUri.startsWith('https:') ? 'web' : 'native',
  };
}

/**
 * The client that the gateway is for an authorization server: the one that its operator has registered, or its own
 * document, or, where the server reads no such documents, one that it registers once (RFC 7591).
 *
 * @throws OAuthFailure @throws Error
 */
export async function clientFor(
  metadata: AuthorizationServerMetadata,
  own: OAuthClient | undefined,
  addresses: GatewayAddresses,
  registered: RegisteredClients,
  { fetch }: OAuthFetch,
): Promise<OAuthClient> {
  if (own) return own;
  const { issuer } = metadata;
  const { redirectUri, documentUrl } = addresses;
  const readsDocuments = Object(metadata).client_id_metadata_document_supported === true;
  if (readsDocuments && documentUrl !== undefined) return { client_id: documentUrl };
  return registered.get(issuer, redirectUri, () => register(metadata, addresses, fetch));
}

/** Whether another client may be registered in the place of this one: it is neither the operator's nor the document. */
export function isReplaceable(client: OAuthClient, own: OAuthClient | undefined): boolean {
  return client.client_id !== own?.client_id && !client.client_id.startsWith('https://');
}

async function register(
  metadata: AuthorizationServerMetadata,
  addresses: GatewayAddresses,
  fetchFn: FetchLike,
): Promise<Registration> {
  if (metadata.registration_endpoint === undefined) {
    throw new OAuthFailure('The authorization server needs a client that its operator registers.');
  }
  const { registerClient } = await import('@modelcontextprotocol/client');
  const client = await registerClient(metadata.issuer, {
    metadata,
    clientMetadata: { ...describeClient(addresses), ...authMethod(metadata) },
    fetchFn,
  });
  const { client_id, client_secret, token_endpoint_auth_method, client_secret_expires_at } = client;
  const expiresAt = client_secret_expires_at ? new Date(client_secret_expires_at * 1000) : null;
  const kept = {
    client_id,
    ...(client_secret !== undefined && { client_secret }),
    ...(token_endpoint_auth_method !== undefined && { token_endpoint_auth_method }),
  };
  return { client: kept, expiresAt };
}

/** PKCE alone, unless the server wants a secret. */
function authMethod({
  token_endpoint_auth_methods_supported: supported,
}: AuthorizationServerMetadata) {
  if (!supported || supported.length === 0 || supported.includes('none')) return {};
  const method = supported.includes('client_secret_basic')
    ? 'client_secret_basic'
    : 'client_secret_post';
  return { token_endpoint_auth_method: method };
}
