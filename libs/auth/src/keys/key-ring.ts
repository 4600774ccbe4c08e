import { createSecretKey, type KeyObject } from 'node:crypto';
import { keyId, unwrapSecret } from './key-wrapping.js';

/** The two secrets of the environment: each signs by itself, until keys wrapped under it take its place. */
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

/** A key that verifies what it has signed. */
export interface Key {
  readonly kid: string;
  readonly secret: string;
  readonly origin: 'JWT_SECRET' | 'JWT_SECRET_PREVIOUS' | 'database';
  readonly createdAt: Date | undefined;
  /** Until when it verifies. Milliseconds since 1970; `Infinity` while it signs or has no successor. */
  readonly until: number;
}

export interface KeyRing {
  /** Signs new tokens. A secret that was revoked, with no other key left, signs what nobody accepts. */
  readonly signer: Key;
  /** The signer's secret: of a text, each signature would first have to find out that it is no private key in PEM. */
  readonly signingKey: KeyObject;
  /** All that verify now or later, by their id. */
  readonly keys: ReadonlyMap<string, Key>;
  /** The ids of rows that neither secret of the environment opens. */
  readonly unreadable: readonly string[];
}

/** How long an access token lives. Seconds. */
export const TOKEN_LIFETIME = 24 * 3600;

/**
 * How long a key verifies after its successor was made: as long as an access token lives, and a minute for instances
 * that did not know of the successor at once. Milliseconds.
 */
export const OVERLAP = TOKEN_LIFETIME * 1000 + 60_000;

/**
 * Which key signs, and which ones verify, by the secrets of the environment and the rows of the database. Rows under
 * the current secret can sign, rows under the previous one only verify. Without rows, the secrets themselves are the
 * keys, as ever. Where every row under the current secret has an end, the newer key is under a secret that this
 * instance does not have yet: its newest one signs on, as the others know it, and not a secret that they have replaced.
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

/** The ids of those secrets of the environment that rows speak of as revoked. */
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

/** A secret of the environment; its first successor, if any, sets its end. */
function rootKey(origin: Key['origin'], secret: string, [successor]: readonly Key[]): Key {
  const until = successor ? successor.createdAt!.getTime() + OVERLAP : Infinity;
  return { kid: keyId(secret), secret, origin, createdAt: undefined, until };
}
