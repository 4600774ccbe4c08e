import type { AuthInfo, McpRequestContext } from '@modelcontextprotocol/server';

/** The owner in the form in which the SDK carries an identity from the request to the server's factory. */
export function authInfoOf(ownerId: string): AuthInfo {
  return { token: '', clientId: 'gateway', scopes: [], extra: { ownerId } };
}

/** Fails closed: a request that reached the factory past the guard gets no server at all. */
export function ownerOf(context: Pick<McpRequestContext, 'authInfo'>): string {
  const ownerId = context.authInfo?.extra?.ownerId;
  if (typeof ownerId !== 'string') throw new Error('The request has no owner.');
  return ownerId;
}
