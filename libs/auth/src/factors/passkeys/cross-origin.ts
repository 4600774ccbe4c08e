/**
 * Whether the ceremony ran in a frame of a page of another origin: `crossOrigin` or `topOrigin` in the client data
 * (WebAuthn L3 §5.8.1). Apps of this gateway never do that, so such a response indicates an attack.
 */
export function isCrossOrigin(clientDataJSON: string): boolean {
  const data = JSON.parse(Buffer.from(clientDataJSON, 'base64url').toString('utf8')) as {
    crossOrigin?: unknown;
    topOrigin?: unknown;
  };
  return (data.crossOrigin ?? false) !== false || (data.topOrigin ?? null) !== null;
}
