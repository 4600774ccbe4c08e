/** What a million tokens cost. */
export interface ModelPrice {
  /** ISO 4217, such as `USD`. */
  readonly currency: string;
  readonly input: number;
  readonly output: number;
  /** Of input that the provider has read before. @default as `input` */
  readonly cachedInput?: number;
}
