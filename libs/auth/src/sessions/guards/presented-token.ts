/** The access token of a request. */
export interface PresentedToken {
  readonly token: string;
  /** Whether it came with the scheme `DPoP` (RFC 9449 §7.1), not `Bearer`. */
  readonly isDpop: boolean;
}

export interface AuthorizedRequest {
  readonly headers: { readonly authorization?: string };
}

const HEADER = /^(bearer|dpop) +(\S+)$/i;

/** The token of the Authorization header; never from the URI or the body (RFC 6750 §2.1). */
export function presentedToken({ headers }: AuthorizedRequest): PresentedToken | undefined {
  const [, scheme, token] = HEADER.exec(headers.authorization ?? '') ?? [];
  return token ? { token, isDpop: scheme!.length === 4 } : undefined;
}
