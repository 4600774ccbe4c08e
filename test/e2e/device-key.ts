import { createHash, randomUUID } from 'node:crypto';
import { calculateJwkThumbprint, type CryptoKey, exportJWK, generateKeyPair, SignJWT } from 'jose';
import { type Answer, call, type CallOptions, type Tokens } from './client.ts';
import { isSecret } from './evidence.ts';
import type { Gateway } from './gateway.ts';

/** The key of a phone, and what it says of itself. */
export interface DeviceKey {
  readonly alg: string;
  readonly privateKey: CryptoKey;
  readonly jwk: Record<string, unknown>;
  readonly thumbprint: string;
}

/** What a proof says; what is not given is as a right proof has it, and `undefined` leaves a claim out. */
export interface ProofOptions {
  readonly token?: string;
  readonly nonce?: string;
  readonly claims?: Record<string, unknown>;
  readonly header?: Record<string, unknown>;
}

export async function aKey(alg = 'ES256'): Promise<DeviceKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const thumbprint = await calculateJwkThumbprint(jwk);
  return { alg, privateKey, jwk: { ...jwk }, thumbprint };
}

/** A proof for one call, made by hand, so that each of its parts can be wrong. */
export async function proofOf(
  key: DeviceKey,
  method: string,
  url: string,
  { token, nonce, claims = {}, header = {} }: ProofOptions = {},
): Promise<string> {
  const proof = await new SignJWT({
    jti: randomUUID(),
    htm: method,
    htu: url,
    iat: now(),
    ...(token ? { ath: createHash('sha256').update(token).digest('base64url') } : {}),
    ...(nonce ? { nonce } : {}),
    ...claims,
  })
    .setProtectedHeader({ typ: 'dpop+jwt', alg: key.alg, jwk: key.jwk, ...header })
    .sign(key.privateKey, { crit: { x: true } });
  isSecret(proof);
  return proof;
}

/** Seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** A call with a right proof, and the token as a bound one. */
export async function callWith<Data = Record<string, unknown>>(
  gateway: Pick<Gateway, 'url'>,
  key: DeviceKey,
  path: string,
  { token, ...options }: CallOptions & { nonce?: string } = {},
): Promise<Answer<Data>> {
  const method = options.method ?? (options.body === undefined ? 'GET' : 'POST');
  const { nonce } = options;
  const proof = await proofOf(key, method, `${gateway.url}${path}`, { token, nonce });
  isSecret(token);
  const headers = { DPoP: proof, ...(token ? { Authorization: `DPoP ${token}` } : {}) };
  return call<Data>(gateway, path, {
    ...options,
    method,
    headers: { ...headers, ...options.headers },
  });
}

/** A user whose session is bound to a key of the phone. */
export interface BoundUser extends Tokens {
  readonly username: string;
  readonly password: string;
  readonly token: string;
  readonly key: DeviceKey;
}

export async function aBoundUser(
  gateway: Pick<Gateway, 'url'>,
  key?: DeviceKey,
): Promise<BoundUser> {
  const username = `bound-${randomUUID().slice(0, 13)}`;
  const password = `pw ${randomUUID()}`;
  const holder = key ?? (await aKey());
  const { data } = await callWith<Tokens>(gateway, holder, '/api/auth/register', {
    body: { username, password },
  });
  return { ...data, username, password, token: data.accessToken, key: holder };
}
