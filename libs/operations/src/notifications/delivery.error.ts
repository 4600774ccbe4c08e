/** A notification was not taken on by the other side. */
export class DeliveryError extends Error {
  override readonly name = 'DeliveryError';

  /** @param reason a status or a code, for operators */
  constructor(
    readonly reason: string,
    options?: ErrorOptions,
  ) {
    super(reason, options);
  }
}
