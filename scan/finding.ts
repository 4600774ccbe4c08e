/** What a scan has to say. */
export interface Finding {
  readonly text: string;
  /** The scan fails; otherwise it is a remark. */
  readonly isFault: boolean;
}
