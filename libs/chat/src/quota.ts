/** What is bounded for each account. */
export type QuotaName = 'conversations' | 'messages' | 'historyBytes' | 'fileBytes' | 'cardBytes';

/** How much of a quota is used, as an error tells it. */
export interface FullQuota {
  readonly name: QuotaName;
  readonly used: number;
  readonly limit: number;
}

/** What is bounded for each account with one assistant, in a time that passes. */
export type AllowanceName = 'messagesPerMinute' | 'tokensPerDay' | 'costPerDay';

/** How much of it is used, as an error tells it. */
export interface ReachedLimit {
  readonly name: AllowanceName;
  readonly used: number;
  readonly limit: number;
  /** From when on there is room again. */
  readonly resetsAt: Date;
}
