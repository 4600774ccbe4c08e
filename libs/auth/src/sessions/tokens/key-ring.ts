import { createSecretKey, type KeyObject } from 'node:crypto';
import { keyId, unwrapSecret } from './key-wrapping.js';

/** The two secrets of the environment. Each is itself a signing key until keys wrapped under it replace it. */
export interface RootSecrets {
  readonly jwtSecret: string;
  readonly jwtSecretPrevious: string | undefined;
}

/** A row of `signing_keys`. */
export interface StoredKey {
  readonly kid: string;
  readonly secret: string;
  readonly revokes: string;
  readonly createdAt: Date;
  readonly retiresAt?: Date | null;
}

/** A key that verifies the tokens it has signed. */
export interface Key {
  readonly kid: string;
  readonly secret: string;
  readonly origin: 'JWT_SECRET' | 'JWT_SECRET_PREVIOUS' | 'database';
  readonly createdAt: Date | undefined;
  /** The end of its use for verification. Milliseconds since 1970; `Infinity` while it signs or has no successor. */
  readonly until: number;
}

export interface KeyRing {
  /** Signs new tokens. If the only key left is a revoked secret, its tokens are not accepted. */
  readonly signer: Key;
  /**
   * The signer's secret as a key object: with a string, each signature would first try to parse it as a PEM private
   * key.
   */
  readonly signingKey: KeyObject;
  /** The keys that verify now or later, by key id. */
  readonly keys: ReadonlyMap<string, Key>;
  /** The ids of rows that neither secret of the environment decrypts. */
  readonly unreadable: readonly string[];
}

/** The lifetime of an access token. Seconds. */
export const TOKEN_LIFETIME_SECONDS = 24 * 3600;

/**
 * How long a key verifies after its successor was created: the lifetime of an access token, and a minute for instances
 * that learn of the successor later. Milliseconds.
 */
export const KEY_OVERLAP_MS = TOKEN_LIFETIME_SECONDS * 1000 + 60_000;

/**
 * Determines the signing key and the verification keys from the secrets of the environment and the rows of the
 * database. Rows under the current secret can sign, rows under the previous one only verify. Without rows, the secrets
 * themselves are the keys. If every row under the current secret has an end, a newer key exists under a secret that
 * this instance does not have yet: its newest row then continues to sign, because the other instances can verify with
 * it, whereas they have replaced the secret itself.
 */
export function keyRing(rows: readonly StoredKey[], roots: RootSecrets, now: number): KeyRing {
  const usable = rows
    .filter(({ retiresAt }) => !retiresAt || retiresAt.getTime() > now)
    .toSorted(byAge);
  const { jwtSecret, jwtSecretPrevious } = roots;
  const current = usable.flatMap((row) => opened(row, jwtSecret));
  const previous = jwtSecretPrevious ? usable.flatMap((row) => opened(row, jwtSecretPrevious)) : [];
  const root = rootKey('JWT_SECRET', jwtSecret, current);
  const signer = current.findLast(({ until }) => until === Infinity) ?? current.at(-1) ?? root;

  const ofEnvironment = jwtSecretPrevious
    ? [rootKey('JWT_SECRET_PREVIOUS', jwtSecretPrevious, previous), root]
    : [root];
  const stored = [...previous, ...current];
  const revoked = revokedBy(usable.filter(({ kid }) => stored.some((key) => key.kid === kid)));
  const verifiers = ofEnvironment.filter(({ kid, until }) => until > now && !revoked.has(kid));
  const keys = new Map([...verifiers, ...stored].map((key) => [key.kid, key]));
  const unreadable = usable.filter(({ kid }) => !keys.has(kid)).map(({ kid }) => kid);
  return { signer, signingKey: createSecretKey(signer.secret, 'utf8'), keys, unreadable };
}

/** The ids of the environment's secrets that the rows list as revoked. */
export function revokedBy(rows: readonly Pick<StoredKey, 'revokes'>[]): ReadonlySet<string> {
  return new Set(rows.flatMap(({ revokes }) => revokes.split(' ')).filter((kid) => kid !== ''));
}

function byAge(a: StoredKey, b: StoredKey): number {
  return a.createdAt.getTime() - b.createdAt.getTime() || (a.kid < b.kid ? -1 : 1);
}

function opened(row: StoredKey, root: string): Key[] {
  const secret = unwrapSecret(row.secret, row.kid, root);
  if (secret === undefined) return [];
  const until = row.retiresAt?.getTime() ?? Infinity;
  return [{ kid: row.kid, secret, origin: 'database', createdAt: row.createdAt, until }];
}

/** A secret of the environment as a key; its first successor, if any, sets its end. */
function rootKey(origin: Key['origin'], secret: string, [successor]: readonly Key[]): Key {
  const until = successor ? successor.createdAt!.getTime() + KEY_OVERLAP_MS : Infinity;
  return { kid: keyId(secret), secret, origin, createdAt: undefined, until };
}
