import type { HttpConfig } from '@app/security';
import type { GatewayAddresses } from '../oauth/client-identity.js';

export const CONNECTIONS_PATH = 'api/connections';
export const RETURN_ROUTE = 'return';
export const DOCUMENT_ROUTE = 'client.json';

/** By the public address alone, never by the Host header. Outside of production the machine itself will do. */
export function gatewayAddresses({ publicUrl, port }: HttpConfig): GatewayAddresses {
  const base = `${publicUrl ?? `http://127.0.0.1:${port}`}/${CONNECTIONS_PATH}`;
  const isReadable = publicUrl?.startsWith('https:') === true;
  return {
    redirectUri: `${base}/${RETURN_ROUTE}`,
    documentUrl: isReadable ? `${base}/${DOCUMENT_ROUTE}` : undefined,
    publicUrl,
  };
}
