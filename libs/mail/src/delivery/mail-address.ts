/** Longest address that fits into a path of SMTP (RFC 5321 §4.5.3.1.3), and longest local part (§4.5.3.1.1). */
export const LONGEST_ADDRESS = 254;
const LONGEST_LOCAL_PART = 64;

const LOCAL_PART = /^[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*$/;
const DOMAIN =
  /^(?:[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?\.)+[A-Za-z](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?$/;

/**
 * Whether a text is a plain address, `local@domain.example`: the dot-atom form of RFC 5322 §3.4.1 in ASCII. Quotes,
 * comments, display names, address literals and lists are not taken, so nothing in it can end a header, add a
 * recipient or be read in two ways. Nor are letters outside of ASCII: two of them can fold to one, and a mail would
 * go to a look-alike of the owner's address. A domain of another script is written in its `xn--` form.
 */
export function isMailAddress(text: unknown): text is string {
  if (typeof text !== 'string' || text.length > LONGEST_ADDRESS) return false;
  const at = text.lastIndexOf('@');
  const local = text.slice(0, Math.max(at, 0));
  return (
    local.length <= LONGEST_LOCAL_PART && LOCAL_PART.test(local) && DOMAIN.test(text.slice(at + 1))
  );
}
