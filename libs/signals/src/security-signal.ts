/** Something that may be a part of an attack. Never a credential, a name, a message or the text of a result. */
export type SecuritySignal =
  | SignInFailed
  | SignInCleared
  | SignInSucceeded
  | RefreshReused
  | RequestRefused
  | LimitHit
  | ToolDefinitionChanged
  | ToolResultSuspicious
  | CostSpent
  | AuditChainBroken;

export type SignalType = SecuritySignal['type'];
export type SignalOf<Type extends SignalType> = Extract<SecuritySignal, { type: Type }>;

/** A credential was tested, and was wrong. */
export interface SignInFailed {
  readonly type: 'sign-in.failed';
  readonly ip: string;
  /** Whose credential it was to be, as a keyed digest: usernames without an account have one, too. */
  readonly subject: string;
}

/** A credential was tested, and was right: what failed before from this address was a slip. */
export interface SignInCleared {
  readonly type: 'sign-in.cleared';
  readonly ip: string;
  /** The same digest as of the failures. */
  readonly subject: string;
}

/** A session was opened for an account that was there before. */
export interface SignInSucceeded {
  readonly type: 'sign-in.succeeded';
  readonly ip: string;
  readonly accountId: string;
  readonly isNewDevice: boolean;
}

/** A refresh token came back after its use: it is in two hands. */
export interface RefreshReused {
  readonly type: 'refresh.reused';
  readonly ip: string;
  readonly accountId: string;
}

/** A request was answered with 401, 403 or 404. */
export interface RequestRefused {
  readonly type: 'request.refused';
  readonly ip: string;
  readonly status: number;
  /** The code of the error. */
  readonly code: string;
  readonly accountId?: string;
}

/** A limit has refused a call. */
export interface LimitHit {
  readonly type: 'limit.hit';
  readonly ip: string;
  /** Its name, such as `login`. */
  readonly limit: string;
  readonly accountId?: string;
}

/** A tool is not as it was pinned. Once for each change and process. */
export interface ToolDefinitionChanged {
  readonly type: 'tool.definition_changed';
  readonly profileId: string;
  readonly server: string;
  readonly tool: string;
  readonly reason: 'changed' | 'new';
  readonly outcome: 'withheld' | 'used';
}

/** The result of a tool reads like words to a language model. */
export interface ToolResultSuspicious {
  readonly type: 'tool.result_suspicious';
  readonly accountId: string;
  readonly profileId: string;
  readonly server: string;
  readonly tool: string;
  /** The names of the patterns. */
  readonly patterns: readonly string[];
}

/** A step of a language model was paid for. */
export interface CostSpent {
  readonly type: 'cost.spent';
  readonly accountId: string;
  readonly profileId: string;
  readonly currency: string;
  /** Billionths of the currency. */
  readonly nanos: number;
}

/** The audit trail is not as it was written. */
export interface AuditChainBroken {
  readonly type: 'audit.chain_broken';
  /** What is wrong, as a word such as `changed` or `removed`. */
  readonly reason: string;
  /** Where: the number of the record, or its id. */
  readonly position?: string;
}
