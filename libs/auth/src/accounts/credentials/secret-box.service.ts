import { Injectable } from '@nestjs/common';
import { DerivedKeyService } from './derived-key.service.js';
import { openText, sealText } from './sealed-text.js';

/** Prefix of each sealed text that names the format, so that the cipher can be replaced (ASVS 5.0, 11.2.2). */
const VERSION = 'v1.';

/** The kinds of sealed texts. Each has its own key, so that one cannot be opened as another. */
export type SealedKind =
  'totp-secret' | 'challenge-data' | 'connection-attempt' | 'oauth-client' | 'server-grant';

/**
 * Encrypts data that the gateway reads again and that the database alone must not reveal. `context` is, for example, an
 * account's id: a sealed text moved to another row cannot be opened.
 */
@Injectable()
export class SecretBoxService {
  constructor(private readonly keys: DerivedKeyService) {}

  seal(kind: SealedKind, context: string, text: string): string {
    return VERSION + sealText(this.keys.keyOf(`sealed:${kind}`), context, text);
  }

  /** @throws Error if it was sealed with another pepper or context, or was changed since */
  open(kind: SealedKind, context: string, sealed: string): string {
    if (!sealed.startsWith(VERSION)) throw new Error('sealed by an unknown version');
    return openText(this.keys.keyOf(`sealed:${kind}`), context, sealed.slice(VERSION.length));
  }
}
