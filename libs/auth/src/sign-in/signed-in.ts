import type { AuditedCall } from '@app/logging';
import type { TokensView } from './tokens.view.js';

/** Who acted in a call that nobody was signed in for: whoever got tokens by it. */
export function signedIn({ result }: AuditedCall): string | undefined {
  return (result as TokensView | undefined)?.userId;
}
