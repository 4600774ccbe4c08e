import { KEY_OVERLAP_MS, type KeyRing, keyRing, type StoredKey } from './key-ring.js';
import { keyId, unwrapSecret, wrapSecret } from './key-wrapping.js';

const ROOT = 'the secret of the environment, of 40 bytes';
const BEFORE = 'the secret of the environment before that';
const NEXT = 'the secret of the environment after that';
const NOW = Date.parse('2026-11-25T12:00:00Z');
const HOUR = 3_600_000;

interface RowOptions {
  readonly root?: string;
  readonly age?: number;
  readonly retiresIn?: number;
  readonly revokes?: string;
}

function aRow(name: string, options: RowOptions = {}): StoredKey {
  const { root = ROOT, age = 0, retiresIn, revokes = '' } = options;
  return {
    kid: name,
    secret: wrapSecret(`secret of ${name}`, name, root),
    revokes,
    createdAt: new Date(NOW - age),
    retiresAt: retiresIn === undefined ? null : new Date(NOW + retiresIn),
  };
}

const ring = (rows: readonly StoredKey[], previous?: string): KeyRing =>
  keyRing(rows, { jwtSecret: ROOT, jwtSecretPrevious: previous }, NOW);

const kids = ({ keys }: KeyRing) => [...keys.keys()];

describe('a key ring', () => {
  it('without rows signs with the secret of the environment, and verifies with both', () => {
    const { signer, ...rest } = ring([], BEFORE);
    expect(signer).toMatchObject({ kid: keyId(ROOT), secret: ROOT, until: Infinity });
    expect(kids({ signer, ...rest })).toEqual([keyId(BEFORE), keyId(ROOT)]);
  });

  it('signs with the row that has no end', () => {
    const rows = [aRow('new'), aRow('old', { age: HOUR, retiresIn: KEY_OVERLAP_MS })];
    expect(ring(rows).signer).toMatchObject({ kid: 'new', secret: 'secret of new' });
    expect(kids(ring(rows))).toEqual([keyId(ROOT), 'old', 'new']);
  });

  it('signs with the newest of several without an end, the same on every instance', () => {
    const rows = [aRow('b', { age: 1 }), aRow('c', { age: HOUR }), aRow('a', { age: 1 })];
    expect(ring(rows).signer.kid).toBe('b');
    expect(ring(rows.toReversed()).signer.kid).toBe('b');
  });

  it('keeps the secret of the environment for a day after its first successor', () => {
    const young = ring([aRow('one', { age: KEY_OVERLAP_MS - 1 })]);
    expect(young.keys.get(keyId(ROOT))).toMatchObject({ until: NOW + 1 });
    expect(kids(ring([aRow('one', { age: KEY_OVERLAP_MS })]))).toEqual(['one']);
  });

  it('omits retired rows', () => {
    expect(kids(ring([aRow('one', { retiresIn: 0 }), aRow('two', { age: HOUR })]))).toEqual([
      keyId(ROOT),
      'two',
    ]);
  });

  it('only verifies with rows under the previous secret', () => {
    const rows = [aRow('old', { root: BEFORE })];
    expect(ring(rows, BEFORE).signer.kid).toBe(keyId(ROOT));
    expect(kids(ring(rows, BEFORE))).toEqual([keyId(BEFORE), keyId(ROOT), 'old']);
    expect(ring(rows)).toMatchObject({ unreadable: ['old'], signer: { kid: keyId(ROOT) } });
  });

  it('signs with its newest row while it cannot decrypt a newer one', () => {
    const rows = [
      aRow('first', { age: KEY_OVERLAP_MS + HOUR, retiresIn: HOUR }),
      aRow('second', { age: HOUR, retiresIn: KEY_OVERLAP_MS - 1 }),
      aRow('of the next secret', { root: NEXT }),
    ];
    const behind = ring(rows);
    expect(behind.signer.kid).toBe('second');
    expect(kids(behind)).toEqual(['first', 'second']);
    // An instance with both secrets knows that key.
    const ahead = keyRing(rows, { jwtSecret: NEXT, jwtSecretPrevious: ROOT }, NOW);
    expect(ahead.signer.kid).toBe('of the next secret');
    expect(kids(ahead)).toContain('second');
  });

  it('does not fall back to a revoked secret', () => {
    const rows = [
      aRow('revoking', { age: HOUR, retiresIn: KEY_OVERLAP_MS - HOUR, revokes: keyId(ROOT) }),
      aRow('of the next secret', { root: NEXT }),
    ];
    expect(ring(rows).signer.kid).toBe('revoking');
    expect(kids(ring(rows))).toEqual(['revoking']);
    // With no other key left it signs, and its tokens are not accepted.
    const revokedBefore = aRow('of the one before', { root: BEFORE, revokes: keyId(ROOT) });
    expect(kids(ring([revokedBefore], BEFORE))).not.toContain(keyId(ROOT));
  });

  it('omits the secrets that a row has revoked, and no later ones', () => {
    const revoking = aRow('new', { revokes: `${keyId(ROOT)} ${keyId(BEFORE)}` });
    expect(kids(ring([revoking], BEFORE))).toEqual(['new']);
    const next = keyRing(
      [revoking],
      { jwtSecret: 'the secret that comes after, 32 bytes', jwtSecretPrevious: ROOT },
      NOW,
    );
    expect(kids(next)).toEqual([keyId('the secret that comes after, 32 bytes'), 'new']);
  });
});

describe('a wrapped secret', () => {
  it('is decrypted with its root and its id only, and only unchanged', () => {
    const wrapped = wrapSecret('s3cret', 'kid', ROOT);
    expect(wrapped).not.toBe(wrapSecret('s3cret', 'kid', ROOT));
    expect(unwrapSecret(wrapped, 'kid', ROOT)).toBe('s3cret');
    expect(unwrapSecret(wrapped, 'kid', BEFORE)).toBeUndefined();
    expect(unwrapSecret(wrapped, 'other', ROOT)).toBeUndefined();
    const bytes = Buffer.from(wrapped, 'base64url');
    for (let at = 0; at < bytes.length; at += 1) {
      const changed = Buffer.from(bytes);
      changed[at]! ^= 1;
      expect(unwrapSecret(changed.toString('base64url'), 'kid', ROOT)).toBeUndefined();
    }
    for (const text of ['', 'x', wrapped.slice(0, 30)]) {
      expect(unwrapSecret(text, 'kid', ROOT)).toBeUndefined();
    }
  });
});
