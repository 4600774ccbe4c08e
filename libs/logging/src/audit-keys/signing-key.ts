import {
  createHash,
  createHmac,
  createPrivateKey,
  createPublicKey,
  createSecretKey,
  hkdfSync,
  type KeyObject,
  sign,
  timingSafeEqual,
  verify,
} from 'node:crypto';

/** What precedes the 32 bytes of a private key of Ed25519 in PKCS #8 (RFC 8410 §7). */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** What precedes the 32 bytes of a public one in SubjectPublicKeyInfo. Bytes. */
const SPKI_PREFIX_LENGTH = 12;

/** Of the digest that names a public key. Bytes. */
const KEY_ID_LENGTH = 8;

/** Verifies checkpoints. Of a former key, or one of another place, this may be all that is known. */
export class VerifyingKey {
  /** Names the key; the same for both halves of it. */
  readonly id: string;

  constructor(private readonly publicKey: KeyObject) {
    const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(SPKI_PREFIX_LENGTH);
    const digest = createHash('sha256').update(raw).digest();
    this.id = digest.subarray(0, KEY_ID_LENGTH).toString('base64url');
  }

  hasSigned(text: string, signature: Buffer): boolean {
    return verify(null, Buffer.from(text), this.publicKey, signature);
  }
}

/** Signs checkpoints, and authenticates records by a second key that follows from the first. */
export class SigningKey extends VerifyingKey {
  /** An object: Node.js makes one of bytes with each use, which takes five times as long as the digest. */
  private readonly macKey: KeyObject;

  constructor(private readonly privateKey: KeyObject) {
    super(createPublicKey(privateKey));
    const { d } = privateKey.export({ format: 'jwk' });
    this.macKey = createSecretKey(derived(Buffer.from(d!, 'base64url'), 'audit record'));
  }

  sign(text: string): Buffer {
    return sign(null, Buffer.from(text), this.privateKey);
  }

  mac(content: string | Buffer): Buffer {
    return createHmac('sha256', this.macKey).update(content).digest();
  }

  hasMac(content: string | Buffer, mac: Buffer): boolean {
    const expected = this.mac(content);
    return mac.length === expected.length && timingSafeEqual(mac, expected);
  }
}

/** The key that follows from a secret of enough entropy. */
export function signingKeyOf(secret: string): SigningKey {
  const seed = derived(Buffer.from(secret), 'audit signing key');
  const der = Buffer.concat([PKCS8_PREFIX, seed]);
  return new SigningKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' }));
}

/**
 * The keys in a text: the private key that signs, then those that did before, private or public.
 *
 * @throws Error which says what the text must be
 */
export function readKeys(text: string): [SigningKey, ...VerifyingKey[]] {
  const blocks = text
    .replaceAll('\\n', '\n')
    .match(/-----BEGIN (PRIVATE|PUBLIC) KEY-----[^-]+-----END \1 KEY-----/g);
  const keys = (blocks ?? []).map(keyOf);
  const [first, ...others] = keys;
  if (!(first instanceof SigningKey)) throw wrongKeys();
  return [first, ...others];
}

function keyOf(pem: string): VerifyingKey {
  try {
    const isPrivate = pem.includes('PRIVATE');
    const key = isPrivate ? createPrivateKey(pem) : createPublicKey(pem);
    if (key.asymmetricKeyType === 'ed25519') {
      return isPrivate ? new SigningKey(key) : new VerifyingKey(key);
    }
  } catch {
    // What the parser says would quote the key.
  }
  throw wrongKeys();
}

function wrongKeys(): Error {
  return new Error(
    'must be a private key of Ed25519 in PEM, such as openssl genpkey -algorithm ed25519 makes; former keys may follow it',
  );
}

function derived(secret: Buffer, purpose: string): Buffer {
  return Buffer.from(hkdfSync('sha256', secret, '', `mcp-phone-gateway ${purpose}`, 32));
}
