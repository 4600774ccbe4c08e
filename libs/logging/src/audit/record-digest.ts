import { hash } from 'node:crypto';

/** What a record says, as it is stored. */
export interface RecordContent {
  readonly id: string;
  /** Milliseconds since 1970. */
  readonly occurredAt: number;
  readonly actorId: string | null;
  readonly action: string;
  readonly objectType: string | null;
  readonly objectId: string | null;
  readonly outcome: string;
  readonly ip: string;
  readonly requestId: string;
}

/** The whole record as one text: what its author authenticates. */
export function recordText(record: RecordContent): string {
  const { id, occurredAt, actorId, action, objectType, objectId, outcome, ip, requestId } = record;
  return JSON.stringify([
    'audit record',
    id,
    occurredAt,
    actorId,
    action,
    objectType,
    objectId,
    outcome,
    ip,
    requestId,
  ]);
}

/** Of a random salt for `personalDigest`. Bytes. */
export const SALT_LENGTH = 16;

/**
 * The digest of what may tell of a person. With the salt it proves the fields; without it nothing can be learned from
 * it, not even by trying all addresses and ids.
 */
export function personalDigest(salt: Buffer, record: RecordContent): Buffer {
  const { actorId, objectId, ip, requestId } = record;
  return digestOf(['audit person', salt.toString('hex'), actorId, objectId, ip, requestId]);
}

/** The digest of a record, which holds its personal fields as a digest of their own. */
export function contentDigest(record: RecordContent, personal: Buffer): Buffer {
  const { id, occurredAt, action, objectType, outcome } = record;
  return digestOf([
    'audit content',
    id,
    occurredAt,
    action,
    objectType,
    outcome,
    personal.toString('hex'),
  ]);
}

/** What ties a record to all before it. */
export function linkDigest(previous: Buffer, sequence: number, content: Buffer): Buffer {
  return digestOf(['audit link', previous.toString('hex'), sequence, content.toString('hex')]);
}

/** SHA-256 of a list of texts and numbers, which JSON keeps apart. */
export function digestOf(parts: readonly (string | number | null)[]): Buffer {
  return hash('sha256', JSON.stringify(parts), 'buffer');
}
