import { randomUUID } from 'node:crypto';
import { isSecret } from './evidence.ts';
import type { Gateway } from './gateway.ts';

/** An answer of the gateway, in its envelope. */
export interface Answer<Data = Record<string, unknown>> {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  readonly body: Envelope<Data>;
  /** The data of a success; throws for anything else. */
  readonly data: Data;
}

export interface Envelope<Data> {
  readonly success: boolean;
  readonly data?: Data;
  readonly error?: ErrorBody;
}

export interface ErrorBody {
  readonly code: string;
  readonly message: string;
  readonly requestId: string;
  readonly details?: readonly { field: string; message: string }[];
  readonly conversationId?: string;
}

export interface Tokens {
  readonly userId: string;
  readonly accessToken: string;
  readonly expiresAt: string;
  readonly refreshToken: string;
  readonly refreshExpiresAt: string;
  readonly deviceToken?: string;
}

export interface Chat {
  readonly response: string;
  readonly isError?: boolean;
  readonly errorCode?: string;
  readonly conversationId: string;
  readonly cards?: readonly Card[];
  readonly metadata: { profileId: string; timestamp: string; processingTime: number };
}

/** What a tool has shown beside its text. */
export interface Card {
  readonly callId: string;
  readonly title: string;
  readonly text: string;
  readonly files: readonly {
    readonly id: string;
    readonly url: string;
    readonly mediaType: string;
    readonly name: string;
    readonly sizeBytes: number;
    readonly width?: number;
    readonly height?: number;
  }[];
}

export interface CallOptions {
  readonly method?: string;
  readonly token?: string;
  readonly body?: unknown;
  readonly headers?: Record<string, string>;
}

/** One HTTP call. Every secret that passes by is noted, so that the logs can be searched for it. */
export async function call<Data = Record<string, unknown>>(
  { url }: Pick<Gateway, 'url'>,
  path: string,
  { method, token, body, headers = {} }: CallOptions = {},
): Promise<Answer<Data>> {
  noteSecrets(body);
  isSecret(token);
  const response = await fetch(`${url}${path}`, {
    method: method ?? (body === undefined ? 'GET' : 'POST'),
    headers: {
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' }),
      ...(token ? { Authorization: `Bearer ${token}` } : {}),
      ...headers,
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  });
  const text = await response.text();
  const parsed = parse<Data>(text);
  noteSecrets(parsed.data);
  return {
    status: response.status,
    headers: response.headers,
    text,
    body: parsed,
    get data() {
      if (parsed.data === undefined) throw new Error(`${response.status} ${text}`);
      return parsed.data;
    },
  };
}

function parse<Data>(text: string): Envelope<Data> {
  try {
    return JSON.parse(text) as Envelope<Data>;
  } catch {
    return { success: false };
  }
}

const SECRET_FIELDS = [
  'password',
  'currentPassword',
  'newPassword',
  'accessToken',
  'refreshToken',
  'deviceToken',
  'token',
  'email',
  'message',
  'response',
  'content',
  'secret',
  'challenge',
  'recoveryCode',
  'signature',
];

function noteSecrets(value: unknown): void {
  if (typeof value !== 'object' || value === null) return;
  for (const [field, inner] of Object.entries(value)) {
    if (SECRET_FIELDS.includes(field)) isSecret(inner);
    else noteSecrets(inner);
  }
}

export interface User extends Tokens {
  readonly username: string;
  readonly password: string;
  readonly token: string;
}

/** Someone who has just registered. */
export async function aUser(gateway: Pick<Gateway, 'url'>): Promise<User> {
  const username = `user-${randomUUID().slice(0, 13)}`;
  const password = `pw ${randomUUID()}`;
  const { data } = await call<Tokens>(gateway, '/api/auth/register', {
    body: { username, password },
  });
  return { ...data, username, password, token: data.accessToken };
}

/** Sends one message to an assistant. */
export function say(
  gateway: Pick<Gateway, 'url'>,
  user: Pick<User, 'token'>,
  profileId: string,
  message: string,
  conversationId?: string,
): Promise<Answer<Chat>> {
  return call<Chat>(gateway, '/api/chat', {
    token: user.token,
    body: {
      message,
      profile_id: profileId,
      ...(conversationId ? { conversation_id: conversationId } : {}),
    },
  });
}

/**
 * When the last call was sent that still was let through: milliseconds from now. How long a busy machine takes for its
 * answer, or for the next call, is not judged.
 */
export async function lastLetThrough(isLetThrough: () => Promise<boolean>): Promise<number> {
  const from = performance.now();
  for (let last = 0; ;) {
    const sentAfter = performance.now() - from;
    if (!(await isLetThrough())) return last;
    last = sentAfter;
  }
}

/** Asks again while the gateway is busy (503), as phones do: how many it serves at once is no test's subject. */
export async function onceServed<T>(ask: () => Promise<Answer<T>>): Promise<Answer<T>> {
  for (let tries = 1; tries < 20; tries += 1) {
    const answer = await ask();
    if (answer.status !== 503) return answer;
  }
  return ask();
}
