import { createHmac } from 'node:crypto';

/**
 * The headers that prove who sent a body, and when, after Standard Webhooks: `webhook-id` is the same in each attempt,
 * so that a receiver takes it once; a receiver refuses what is older than some minutes.
 */
export function signedHeaders(
  key: Buffer,
  id: string,
  body: string,
  now: Date,
): Record<string, string> {
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = createHmac('sha256', key).update(`${id}.${timestamp}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': timestamp,
    'webhook-signature': `v1,${signature}`,
  };
}
