/**
 * - `grant`: what the person has allowed; they have to be asked again
 * - `client`: the client that the gateway is, or its secret; what people have allowed may still be valid
 * - `unclear`: it refuses with a code that RFC 6749 does not know, or not for this
 */
export type LostPart = 'grant' | 'client' | 'unclear';

/** Why a step of OAuth has failed, in words for the log. They are our own: the other side could repeat a token in its own. */
export class OAuthFailure extends Error {
  override readonly name = 'OAuthFailure';

  constructor(
    readonly reason: string,
    /** What the authorization server knows no longer. Undefined where another try may succeed. */
    readonly lost?: LostPart,
  ) {
    super(reason);
  }
}

/** What the answers of a token endpoint say is lost (RFC 6749 §5.2). */
const LOST_PARTS: Readonly<Record<string, LostPart>> = {
  invalid_grant: 'grant',
  invalid_client: 'client',
  unauthorized_client: 'client',
};

/** Codes, standard and not, of what passes by itself. */
const PASSING = /server_error|temporar|unavailable|slow_down|rate|limit|too_many|busy|timeout/;

/** How the codes of OAuth look. */
const OAUTH_CODE = /^[a-z_]{1,40}$/;

/** How the system and TLS name their failures, such as `ECONNREFUSED`. */
const SYSTEM_CODE = /^[A-Z][A-Z0-9_]{2,60}$/;

/** What was thrown on the way, as an `OAuthFailure`. */
export function asOAuthFailure(error: unknown): OAuthFailure {
  if (error instanceof OAuthFailure) return error;
  const { name, code, status } = Object(error) as Record<string, unknown>;
  switch (name) {
    case 'OAuthError': {
      const known = typeof code === 'string' && OAUTH_CODE.test(code) ? code : 'an unknown error';
      const lost = LOST_PARTS[known] ?? (PASSING.test(known) ? undefined : 'unclear');
      return new OAuthFailure(`The answer is ${known}.`, lost);
    }
    case 'SyntaxError':
      return new OAuthFailure('An answer is no JSON.');
    case 'ZodError':
    case '$ZodError':
      return new OAuthFailure('An answer lacks what it has to have.');
    case 'IssuerMismatchError':
      return new OAuthFailure('An answer is from another authorization server.');
    case 'RegistrationRejectedError':
      return new OAuthFailure(`The registration was refused with status ${Number(status)}.`);
    case 'McpError':
      return new OAuthFailure(refusedAddress(error));
    case 'TimeoutError':
      return new OAuthFailure('There was no answer in time.');
    default:
      return new OAuthFailure(`It cannot be reached${systemCode(error)}.`);
  }
}

/** What the guard of addresses says: its words are our own. */
function refusedAddress(error: unknown): string {
  const { reason } = Object(Object(error).details) as { reason?: unknown };
  return typeof reason === 'string' ? reason : 'It cannot be reached.';
}

function systemCode(error: unknown): string {
  for (const layer of [error, Object(error).cause as unknown]) {
    const { code } = Object(layer) as { code?: unknown };
    if (typeof code === 'string' && SYSTEM_CODE.test(code)) return `: ${code}`;
  }
  return '';
}
