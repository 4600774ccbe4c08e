import type { AuditedCall } from '@app/logging';
import type { TokensView } from './tokens.view.js';

/** The actor of an unauthenticated call: the account that it issued tokens for. */
export function signedIn({ result }: AuditedCall): string | undefined {
  return (result as TokensView | undefined)?.userId;
}
