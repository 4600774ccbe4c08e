/** Why a mail was not delivered. It has codes only: what a mail server says usually quotes the address. */
export class MailerError extends Error {
  override readonly name = 'MailerError';

  constructor(
    /** Of the library or the system, such as `ECONNREFUSED`; or `EMAIL` for a mail that must not be sent. */
    readonly code: string,
    /** The reply code of the mail server (RFC 5321 §4.2), if it gave one. */
    readonly replyCode?: number,
  ) {
    super('the mail was not delivered');
  }

  /**
   * Whether another attempt is of no use: a mail that breaks our own rules, or a recipient or text that the server
   * refuses for good (5xx). A server that refuses us, our login or TLS may be mended meanwhile.
   */
  get isFinal(): boolean {
    return this.code === 'EMAIL' || (OF_THE_MAIL.has(this.code) && (this.replyCode ?? 0) >= 500);
  }
}

const OF_THE_MAIL: ReadonlySet<string> = new Set(['EENVELOPE', 'EMESSAGE']);

/** Keeps of whatever was thrown what may be logged. */
export function toMailerError(thrown: unknown): MailerError {
  if (thrown instanceof MailerError) return thrown;
  const { code, responseCode } = (thrown ?? {}) as { code?: unknown; responseCode?: unknown };
  return new MailerError(
    typeof code === 'string' && /^\w{1,40}$/.test(code) ? code : 'EUNKNOWN',
    typeof responseCode === 'number' && responseCode > 0 ? responseCode : undefined,
  );
}
