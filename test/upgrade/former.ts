import type { JWK } from 'jose';

/** What is known of the data of a former release, and what it can be opened with. */
export interface Former {
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly secrets: { readonly JWT_SECRET: string; readonly PASSWORD_PEPPER: string };
  /** An account with a second factor, a verified address and data of every kind. */
  readonly owner: {
    readonly userId: string;
    readonly username: string;
    readonly password: string;
    readonly refreshToken: string;
    readonly deviceToken?: string | undefined;
    readonly secret: string;
    readonly recoveryCodes: readonly string[];
    readonly email: string;
  };
  /** A session that is bound to a key of the phone. */
  readonly bound: { readonly refreshToken: string; readonly key: JWK };
  /** A device without an account. */
  readonly device: { readonly userId: string; readonly refreshToken: string };
  /** An account that is to be erased, and can be restored. */
  readonly leaving: { readonly username: string; readonly password: string };
  readonly administrator: {
    readonly username: string;
    readonly password: string;
    readonly secret: string;
  };
  /** Of the owner, as the former release has shown them. */
  readonly conversations: readonly FormerConversation[];
  /** A run of the owner that waits for an approval. */
  readonly waiting: {
    readonly runId: string;
    readonly conversationId: string;
    readonly callId: string;
  };
  /** A run of the owner that was not over when the data were copied. */
  readonly cut: { readonly runId: string; readonly conversationId: string };
  readonly auditRecords: number;
  /** The files of `DATA_DIR`, in base64. */
  readonly files: Readonly<Record<string, string>>;
}

export interface FormerConversation {
  readonly id: string;
  readonly messages: readonly {
    readonly id: string;
    readonly role: string;
    readonly content: string;
  }[];
}
