import { createHash } from 'node:crypto';

/** What marks a message and its repetitions, as digests. */
export interface MessageKey {
  readonly keyDigest: string;
  readonly messageDigest: string;
}

/** @param message all that the client says of the message, in a fixed order */
export function messageKey(key: string, message: readonly (string | undefined)[]): MessageKey {
  return { keyDigest: digest(key), messageDigest: digest(JSON.stringify(message)) };
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url');
}
