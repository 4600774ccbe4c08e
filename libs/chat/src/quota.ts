/** What is bounded for each account. */
export type QuotaName = 'conversations' | 'messages' | 'historyBytes' | 'fileBytes';

/** How much of a quota is used, as an error tells it. */
export interface FullQuota {
  readonly name: QuotaName;
  readonly used: number;
  readonly limit: number;
}
