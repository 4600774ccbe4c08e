import type { AuditKeysService } from '../audit-keys/audit-keys.service.js';

/** What a checkpoint says: at that time the chain had this hash at this sequence. */
export interface AuditCheckpoint {
  /** Of the chain. */
  readonly chainId: string;
  /** From 0, without a gap. */
  readonly number: number;
  readonly sequence: number;
  /** In base64url. */
  readonly hash: string;
  /** Milliseconds since 1970. */
  readonly madeAt: number;
  readonly keyId: string;
  /** All of this and its signature in one word, for a log, a file or a mail. */
  readonly token: string;
}

const TOKEN =
  /\baudit1\.[0-9a-f-]{36}\.\d{1,10}\.\d{1,15}\.[\w-]{43}\.\d{1,15}\.[\w-]{11}\.[\w-]{86}(?![\w-])/g;

export function signCheckpoint(
  keys: AuditKeysService,
  content: Omit<AuditCheckpoint, 'keyId' | 'token'>,
): AuditCheckpoint {
  const { chainId, number, sequence, hash, madeAt } = content;
  const text = ['audit1', chainId, number, sequence, hash, madeAt, keys.id].join('.');
  const token = `${text}.${keys.sign(text).toString('base64url')}`;
  return { ...content, keyId: keys.id, token };
}

/** The checkpoints in any text, such as lines of a log. Whether they are genuine is another question. */
export function checkpointsIn(text: string): AuditCheckpoint[] {
  return Array.from(text.matchAll(TOKEN), ([token]) => parse(token));
}

/** Whether a key that is believed has signed it. */
export function isGenuine({ keyId, token }: AuditCheckpoint, keys: AuditKeysService): boolean {
  const end = token.lastIndexOf('.');
  return keys.hasSigned(keyId, token.slice(0, end), Buffer.from(token.slice(end + 1), 'base64url'));
}

function parse(token: string): AuditCheckpoint {
  const [, chainId, number, sequence, hash, madeAt, keyId] = token.split('.') as string[];
  return {
    chainId: chainId!,
    number: Number(number),
    sequence: Number(sequence),
    hash: hash!,
    madeAt: Number(madeAt),
    keyId: keyId!,
    token,
  };
}
