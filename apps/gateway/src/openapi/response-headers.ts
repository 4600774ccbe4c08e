const text = (description: string, example: string) => ({
  description,
  schema: { type: 'string', example },
});

/** The headers that a client may act upon; docs/api.md says how. */
export const RESPONSE_HEADERS = {
  'X-Request-Id': text('Identifies the call in the log.', '01a20de4-0000-7000-8000-000000000000'),
  'RateLimit-Policy': text(
    'The limits of the call: number of calls and seconds.',
    '"api";q=1000;w=3600',
  ),
  RateLimit: text(
    'The calls left of each limit, and the seconds until it resets.',
    '"api";r=999;t=3600',
  ),
  'Retry-After': {
    description: 'Seconds to wait.',
    schema: { type: 'integer', minimum: 0, example: 30 },
  },
  'WWW-Authenticate': text('The authentication schemes to use.', 'Bearer error="invalid_token"'),
  'DPoP-Nonce': text('The `nonce` of the next proof.', 'Yk3…'),
} as const;

export type ResponseHeader = keyof typeof RESPONSE_HEADERS;

/** The headers of an answer, by reference. */
export function headersOf(names: readonly ResponseHeader[]): Record<string, { $ref: string }> {
  return Object.fromEntries(names.map((name) => [name, { $ref: `#/components/headers/${name}` }]));
}

/** The headers of a refusal. */
export function headersOfStatus(status: number): Record<string, { $ref: string }> {
  if (status === 401) return headersOf(['X-Request-Id', 'WWW-Authenticate', 'DPoP-Nonce']);
  if (status === 503) return headersOf(['X-Request-Id', 'Retry-After']);
  if (status !== 429) return headersOf(['X-Request-Id']);
  return headersOf(['X-Request-Id', 'RateLimit-Policy', 'RateLimit', 'Retry-After']);
}
