import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import type { DisclosureConfig } from './disclosure.config.js';

const PATH = '/.well-known/security.txt';

/** From when on its end is announced at a start. Milliseconds. */
const ANNOUNCED_BEFORE_END_MS = 30 * 86_400_000;

/**
 * Says where a hole is reported (RFC 9116). An expired file is served as it is: its reader sees the date, and the log of
 * each start does as well.
 */
export function serveSecurityText(
  server: FastifyInstance,
  config: DisclosureConfig,
  publicUrl: string | undefined,
): void {
  const { expires } = config;
  if (!expires) return;
  const text = securityText(config, expires, publicUrl);
  server.get(PATH, (_request, reply) => reply.type('text/plain; charset=utf-8').send(text));
  if (expires.getTime() - Date.now() > ANNOUNCED_BEFORE_END_MS) return;
  new Logger('Disclosure').warn({
    event: 'security_contact.expiring',
    until: expires.toISOString(),
  });
}

function securityText(
  { contacts, policy }: DisclosureConfig,
  expires: Date,
  publicUrl: string | undefined,
): string {
  return [
    ...contacts.map((contact) => `Contact: ${contact}`),
    `Expires: ${expires.toISOString()}`,
    'Preferred-Languages: en',
    ...(publicUrl ? [`Canonical: ${publicUrl}${PATH}`] : []),
    ...(policy ? [`Policy: ${policy}`] : []),
    '',
  ].join('\n');
}
