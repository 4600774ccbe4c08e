/** The user handle that an authenticator stores (WebAuthn L3 §4): the bytes of the account id, without a name. */
export function userHandleOf(accountId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(accountId.replaceAll('-', ''), 'hex'));
}

/** The user handle in base64url, as in an assertion response. */
export function spelledUserHandle(accountId: string): string {
  return Buffer.from(userHandleOf(accountId)).toString('base64url');
}
