/** A mail server, as `SMTP_URL` and `SMTP_INSECURE` describe it. */
export interface SmtpSettings {
  readonly host: string;
  readonly port: number;
  /** TLS from the first byte (`smtps:`, RFC 8314 §3); otherwise the connection is upgraded by STARTTLS. */
  readonly isTlsFromTheStart: boolean;
  /** Whether TLS with a certificate that is verified is a must: without it neither password nor mail is sent. */
  readonly requiresTls: boolean;
  readonly login: { readonly user: string; readonly pass: string } | undefined;
}

const LOOPBACK = /^(localhost|127(\.\d{1,3}){3}|\[::1\])$/;

/**
 * Reads `smtps://user:password@host:465` or `smtp://host:587`. Whatever else a URL can hold is refused: the mail
 * library would take options from the query, such as one that switches verification off.
 *
 * @throws Error that says what the variable must be
 */
export function smtpSettings(text: string, isInsecure: boolean): SmtpSettings {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain = url && ['', '/'].includes(url.pathname) && !url.search && !url.hash;
  const login = url && loginOf(url);
  if (!isPlain || login === null || !['smtp:', 'smtps:'].includes(url.protocol) || !url.hostname) {
    throw new Error(
      'must be smtps://user:password@host:465 or smtp://host:587, and nothing more; a password has / as %2F, # as %23 and % as %25',
    );
  }
  const isTlsFromTheStart = url.protocol === 'smtps:';
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port ? Number(url.port) : isTlsFromTheStart ? 465 : 587,
    isTlsFromTheStart,
    requiresTls: isTlsFromTheStart ? !isInsecure : !isInsecure && !LOOPBACK.test(url.hostname),
    login,
  };
}

/** Null if a percent sign is none that encodes. */
function loginOf({ username, password }: URL): SmtpSettings['login'] | null {
  if (!username) return undefined;
  try {
    return { user: decodeURIComponent(username), pass: decodeURIComponent(password) };
  } catch {
    return null;
  }
}
