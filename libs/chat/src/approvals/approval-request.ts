import type { ShownArgument } from './approval.entity.js';

/** A call that the person is to decide on, as it is shown to them. */
export interface ApprovalRequest {
  /** Unique within the run. */
  readonly callId: string;
  readonly tool: string;
  /** What the tool is called. */
  readonly title: string;
  /** What it does. */
  readonly summary: string;
  readonly arguments: readonly ShownArgument[];
  /** The same as an object, for clients that show it themselves. */
  readonly input: Readonly<Record<string, unknown>>;
  readonly argumentsDigest: string;
  readonly definitionDigest: string;
}

/** What the person has decided on, by the id of the call. */
export type Decisions = ReadonlyMap<string, Decision>;

export interface Decision {
  readonly tool: string;
  readonly isApproved: boolean;
  /** After this time an approved call is not executed any more, because the approval is outdated. */
  readonly countsUntil: Date;
  readonly argumentsDigest: string;
  readonly definitionDigest: string;
}
