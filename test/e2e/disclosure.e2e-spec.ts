import { createHash, createPublicKey } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { selfSigned } from '../../libs/mail/src/testing/self-signed.js';
import { aUser, call } from './client.ts';
import { runCommand } from './command.ts';
import { freshStorage, startGateway } from './gateway.ts';

describe('security.txt', () => {
  it('says where a hole is reported (RFC 9116)', async () => {
    const gateway = await startGateway({
      environment: {
        SECURITY_CONTACT: 'mailto:security@example.org, https://example.org/report?a=1',
        SECURITY_CONTACT_EXPIRES: '2099-06-30',
        SECURITY_POLICY_URL: 'https://example.org/policy',
        PUBLIC_URL: 'https://api.example.org',
      },
    });
    const answer = await fetch(`${gateway.url}/.well-known/security.txt`);
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/plain; charset=utf-8');
    expect((await answer.text()).split('\n')).toEqual([
      'Contact: mailto:security@example.org',
      'Contact: https://example.org/report?a=1',
      'Expires: 2099-06-30T00:00:00.000Z',
      'Preferred-Languages: en',
      'Canonical: https://api.example.org/.well-known/security.txt',
      'Policy: https://example.org/policy',
      '',
    ]);
    expect(gateway.log()).not.toContain('security_contact.expiring');
  });
});

describe('a browser that signs out', () => {
  it('is told to forget what it keeps', async () => {
    const gateway = await startGateway();
    expect((await fetch(`${gateway.url}/.well-known/security.txt`)).status).toBe(404);
    for (const path of ['/api/auth/logout', '/api/auth/logout-all']) {
      const { token } = await aUser(gateway);
      const answer = await call(gateway, path, { method: 'POST', token });
      expect(answer.status).toBe(200);
      expect(answer.headers.get('clear-site-data')).toBe('"cache", "cookies", "storage"');
    }
  });
});

describe('tls pins', () => {
  const folder = mkdtempSync(join(tmpdir(), 'pins-'));
  afterAll(() => rmSync(folder, { recursive: true }));

  const pinOf = (key: string) => {
    const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
    return `sha256/${createHash('sha256').update(spki).digest('base64')}`;
  };

  it('are those of the certificate and of the backup', async () => {
    const [current, backup] = [selfSigned(), selfSigned()];
    const file = (name: string, text: string) => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const environment = {
      ...(await freshStorage()),
      TLS_CERT: file('chain.pem', current.cert),
      TLS_KEY: file('key.pem', current.key),
    };
    const key = file('backup.pem', backup.key);
    const { stdout } = await runCommand({ environment }, 'tls', 'pins', '--backup', key);
    expect(stdout.trim().split('\n')).toEqual([
      expect.stringMatching(/^current {2}sha256\/[\w+/]{43}= {2}until \d{4}-\d\d-\d\d$/),
      `backup   ${pinOf(backup.key)}`,
    ]);
    expect(stdout).toContain(pinOf(current.key));
    const refused = await runCommand({ environment }, 'tls', 'pins', '--backup', 'nowhere');
    expect([refused.code, refused.stdout]).toEqual([2, '']);
  });
});
