import { httpConfig } from '@app/security';
import { createHash, createPublicKey, type KeyObject, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { bareModule } from './program/bare-module.js';
import { command, type CommandGroup } from './program/command.js';
import { optional, type Reader } from './program/input.js';
import { UsageError } from './program/usage.error.js';

/** In a file, in PEM. */
const publicKey: Reader<KeyObject> = (path) => {
  try {
    return createPublicKey(readFileSync(path));
  } catch {
    throw new UsageError('a file with a key in PEM, without a passphrase');
  }
};

/** What an app pins: the key of the certificate, and that of the next one. */
const pins = command({
  name: 'tls pins',
  summary:
    'show the pins of the public keys for certificate pinning: that of TLS_CERT, and a backup key',
  options: { backup: optional('<KEY.pem>', 'the key of the next certificate', publicKey) },
  module: bareModule,
  run(_app, { options: { backup } }) {
    const { tls } = httpConfig();
    if (!tls) {
      throw new UsageError('TLS_CERT is not set: the pins are those of what ends TLS in front.');
    }
    const { publicKey, validToDate } = new X509Certificate(tls.cert);
    const current = { pin: pin(publicKey), validUntil: validToDate.toISOString() };
    const lines = [`current  ${current.pin}  until ${current.validUntil.slice(0, 10)}`];
    if (backup) lines.push(`backup   ${pin(backup)}`);
    const data = { current, backup: backup ? { pin: pin(backup) } : null };
    return Promise.resolve({ data, text: lines.join('\n') });
  },
});

/** SHA-256 of the SubjectPublicKeyInfo, as in RFC 7469 §2.4: Android, iOS and OkHttp take it in this form. */
function pin(key: KeyObject): string {
  const digest = createHash('sha256').update(key.export({ type: 'spki', format: 'der' }));
  return `sha256/${digest.digest('base64')}`;
}

export const tlsCommands: CommandGroup = {
  noun: 'tls',
  summary: 'TLS of the gateway itself',
  commands: [pins],
};
