import { readFileSync } from 'node:fs';
import type { SecureContextOptions } from 'node:tls';

/**
 * Forward secrecy and authenticated encryption, for both versions of TLS (RFC 9325 §4.2), those with keys of 256 bits
 * first (ASVS 5.0, 12.1.2).
 */
const CIPHERS = [
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-CHACHA20-POLY1305',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
].join(':');

/** Where the certificate chain and its key are, in PEM. */
export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
}

/** What they hold. */
export interface TlsMaterial {
  readonly cert: Buffer;
  readonly key: Buffer;
}

/** All that a context consists of: one that is set later takes nothing over from the one before. */
export function secureContext({ cert, key }: TlsMaterial): SecureContextOptions {
  return { cert, key, minVersion: 'TLSv1.2', ciphers: CIPHERS, honorCipherOrder: true };
}

export function readTlsFiles({ cert, key }: TlsFiles): TlsMaterial {
  return { cert: readFileSync(cert), key: readFileSync(key) };
}
