/** One field of the input that was refused, and why. */
export interface ErrorDetail {
  readonly field: string;
  readonly message: string;
}

export interface RefusalWarning {
  readonly event: string;
  /** More than the caller is told. */
  readonly reason?: string;
}

/**
 * A failure that the caller may know of. `code` is stable API; `message` is for a person and says nothing of the
 * inside. Each library derives its own, with its own union of codes; the root module maps codes to statuses.
 */
export abstract class DomainError<Code extends string = string> extends Error {
  /** Whether a limit of failed attempts counts it: not what was right so far, nor what a lock already answers for. */
  isFailedAttempt = true;

  constructor(
    readonly code: Code,
    message: string,
    /** More for the caller: which fields, or what to come back with. */
    readonly extra: Readonly<Record<string, unknown>> = {},
    options?: ErrorOptions,
  ) {
    super(message, options);
  }

  /** What the log has of it, as a warning, beside its code. Undefined for what happens in ordinary use. */
  warning(): RefusalWarning | undefined {
    return undefined;
  }
}
