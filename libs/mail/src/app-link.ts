/**
 * Where a link of a mail leads: the configured address, the step, and the token in the fragment, which no browser
 * sends to a server or to the next page. Nothing of a request takes part in it: links made from `Host` or
 * `X-Forwarded-Host` have been led to other people's servers (GHSA-3529-5m8x-rpv3).
 */
export function appLink(base: string, step: string, token: string): string {
  return `${base.replace(/\/$/, '')}/${step}#token=${token}`;
}

/** `https:`, or a scheme of the app's own, which has a period as it is a domain turned round (RFC 8252 §7.1). */
const SCHEME = /^(https|[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+):$/;

/** Whether links may begin with it: `https://app.example.org/account` or `org.example.app://account`. */
export function isAppLink(text: string): boolean {
  if (!/^[\x21-\x7e]{1,200}$/.test(text) || !URL.canParse(text)) return false;
  const { protocol, host, username, password } = new URL(text);
  const isBare = !/[?#@]/.test(text) && !username && !password;
  return SCHEME.test(protocol) && text.includes('://') && host !== '' && isBare;
}
