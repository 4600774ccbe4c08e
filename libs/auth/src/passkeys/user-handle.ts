/** What an authenticator keeps of the account (WebAuthn L3 §4, user handle): the bytes of its id, no name. */
export function userHandleOf(accountId: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(Buffer.from(accountId.replaceAll('-', ''), 'hex'));
}

/** As an answer spells it. */
export function spelledUserHandle(accountId: string): string {
  return Buffer.from(userHandleOf(accountId)).toString('base64url');
}
