/** A mail to one person: plain text, and no header of its own but the subject. */
export interface Mail {
  /**
   * Whose doing or concern it is; absent in mails to operators. It goes nowhere with the mail: it is how the outbox finds
   * what to erase.
   */
  readonly accountId?: string;
  readonly to: string;
  /** Text of the gateway only, never text that a user wrote. */
  readonly subject: string;
  readonly text: string;
  /** After this a delivery is of no use, as what the mail holds has expired. @default no end */
  readonly notAfter?: Date;
}

/** Hands mails over to where they are delivered from. */
export interface Mailer {
  /**
   * Resolves when the other side has taken the mail on.
   *
   * @throws MailerError
   */
  deliver(mail: Mail): Promise<void>;
  /** Ends connections and timers; what is being delivered may fail. */
  close(): void;
}
export const Mailer = Symbol('Mailer');
