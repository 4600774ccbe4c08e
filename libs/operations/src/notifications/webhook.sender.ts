import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { SecurityEventView } from '../events/security-event.view.js';
import { alertConfig } from './alert.config.js';
import { DeliveryError } from './delivery.error.js';
import { signedHeaders } from './webhook-signature.js';

/** How long the receiver may take, from the look-up of its name to its status. Milliseconds. */
const TIMEOUT_MS = 10_000;

/** Sends events to the address of the operator, signed. Nothing of its answer is read but the status. */
@Injectable()
export class WebhookSender {
  constructor(@Inject(alertConfig.KEY) private readonly config: ConfigType<typeof alertConfig>) {}

  /** @throws DeliveryError */
  async send(id: string, event: SecurityEventView, shutdown: AbortSignal): Promise<void> {
    const { webhook } = this.config;
    if (!webhook) throw new DeliveryError('no_webhook');
    const type = 'security.event';
    const body = JSON.stringify({ type, timestamp: event.lastSeenAt, data: event });
    const headers = signedHeaders(webhook.key, id, body, new Date());
    const response = await fetch(webhook.url, {
      method: 'POST',
      headers: {
        ...headers,
        'content-type': 'application/json',
        'user-agent': 'mcp-phone-gateway',
      },
      body,
      // Where it leads to may be any address, and has not been configured.
      redirect: 'manual',
      signal: AbortSignal.any([shutdown, AbortSignal.timeout(TIMEOUT_MS)]),
    }).catch((error: unknown) => {
      throw new DeliveryError(reasonOf(error), { cause: error });
    });
    await response.body?.cancel();
    if (!response.ok) throw new DeliveryError(`status_${response.status}`);
  }
}

/** `timeout`, or the code of the system, such as `ECONNREFUSED`. */
function reasonOf(error: unknown): string {
  if (error instanceof DOMException && error.name === 'TimeoutError') return 'timeout';
  const { code } = ((error as Error | undefined)?.cause ?? {}) as { code?: unknown };
  return typeof code === 'string' ? code : 'unreachable';
}
