import { fastify } from 'fastify';
import { X509Certificate } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { type AddressInfo, connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect as connectTls } from 'node:tls';
import { selfSigned } from '../../libs/mail/src/testing/self-signed.js';
import { httpConfig, ServerConnections, serverOptions } from '../../libs/security/src/index.js';

describe('TLS', () => {
  const { key, cert } = selfSigned();
  const folder = mkdtempSync(join(tmpdir(), 'tls-'));
  const files = { cert: join(folder, 'chain.pem'), key: join(folder, 'key.pem') };
  const connections = new ServerConnections({ mostInAll: 100, mostPerAddress: 100 }, () => false);
  const tls = { key: Buffer.from(key), cert: Buffer.from(cert), files };
  const server = fastify(
    serverOptions({ ...httpConfig(), tls }, { keepAlive: 65_000 }, connections),
  );
  beforeAll(async () => {
    server.get('/health', () => 'ok');
    await server.listen({ port: 0, host: '127.0.0.1' });
  });
  afterAll(async () => {
    await server.close();
    rmSync(folder, { recursive: true });
  });
  const port = () => (server.server.address() as AddressInfo).port;

  /** The suite that a handshake ends with, or why it does not. */
  const handshake = (options: object) =>
    new Promise<string>((done) => {
      const socket = connectTls({
        port: port(),
        host: '127.0.0.1',
        rejectUnauthorized: false,
        ...options,
      });
      socket.once('secureConnect', () => {
        done(`${socket.getProtocol()} ${socket.getCipher().name}`);
        socket.destroy();
      });
      socket.once('error', ({ message }) => done(message));
    });

  it.each([
    'ECDHE-ECDSA-AES128-GCM-SHA256',
    'ECDHE-ECDSA-AES256-GCM-SHA384',
    'ECDHE-ECDSA-CHACHA20-POLY1305',
  ])('1.2 has forward secrecy and authenticated encryption: %s', async (ciphers) => {
    expect(await handshake({ ciphers, maxVersion: 'TLSv1.2' })).toBe(`TLSv1.2 ${ciphers}`);
  });

  it.each([
    'ECDHE-ECDSA-AES128-SHA256',
    'ECDHE-ECDSA-AES256-SHA384',
    'ECDHE-ECDSA-AES128-SHA',
    'ECDHE-ECDSA-AES256-CCM',
    'AES128-GCM-SHA256',
    'AES256-SHA',
    'DHE-RSA-AES128-GCM-SHA256',
  ])('1.2 has no %s', async (ciphers) => {
    expect(await handshake({ ciphers, maxVersion: 'TLSv1.2' })).toMatch(/handshake failure/);
  });

  it('1.2 has the strongest that the client has, in whatever order it names them', async () => {
    const ciphers =
      'ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-ECDSA-AES256-GCM-SHA384';
    expect(await handshake({ ciphers, maxVersion: 'TLSv1.2' })).toBe(
      'TLSv1.2 ECDHE-ECDSA-AES256-GCM-SHA384',
    );
  });

  it('1.3 is spoken, 1.1 is not', async () => {
    expect(await handshake({})).toMatch(/^TLSv1\.3 /);
    const old = { minVersion: 'TLSv1.1', maxVersion: 'TLSv1.1', ciphers: 'ALL:@SECLEVEL=0' };
    expect(await handshake(old)).not.toMatch(/^TLSv1/);
  });

  /** The certificate that a new connection gets. */
  const certificate = () =>
    new Promise<string>((done, fail) => {
      const socket = connectTls({ port: port(), host: '127.0.0.1', rejectUnauthorized: false });
      socket.once('secureConnect', () => {
        done(socket.getPeerX509Certificate()!.fingerprint256);
        socket.destroy();
      });
      socket.once('error', fail);
    });

  it('takes a renewed certificate when it is told, and drops no connection', async () => {
    const fingerprint = (pem: string) => new X509Certificate(pem).fingerprint256;
    const agent = new Agent({ keepAlive: true, maxSockets: 1, rejectUnauthorized: false });
    const status = () =>
      new Promise<[number, boolean]>((done, fail) => {
        const asked = get({ port: port(), host: '127.0.0.1', path: '/health', agent }, (answer) => {
          answer.resume().once('end', () => done([answer.statusCode!, asked.reusedSocket]));
        }).once('error', fail);
      });
    expect(await status()).toEqual([200, false]);
    const renewed = selfSigned();
    writeFileSync(files.cert, renewed.cert);
    // The key is not there yet, then it is another one's, then half of it: whatever is amiss changes nothing.
    for (const text of [undefined, selfSigned().key, renewed.key.slice(0, 80)]) {
      if (text !== undefined) writeFileSync(files.key, text);
      process.emit('SIGHUP');
      expect(await certificate()).toBe(fingerprint(cert));
    }
    writeFileSync(files.key, renewed.key);
    process.emit('SIGHUP');
    expect(await certificate()).toBe(fingerprint(renewed.cert));
    expect(await status()).toEqual([200, true]);
    const weak = { ciphers: 'ECDHE-ECDSA-AES128-SHA256', maxVersion: 'TLSv1.2' };
    expect(await handshake(weak)).toMatch(/handshake failure/);
    agent.destroy();
  });

  it('carries requests, within the same bounds', async () => {
    const socket = connectTls({ port: port(), host: '127.0.0.1', rejectUnauthorized: false });
    let text = '';
    socket.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => text).toMatch(/^HTTP\/1\.1 200 .*ok$/s);
    expect(connections.size).toBe(1);
    connections.destroyAll();
    await expect.poll(() => [connections.size, socket.destroyed]).toEqual([0, true]);
  });

  it('ends with a client that speaks something else', async () => {
    const socket = connect({ port: port(), host: '127.0.0.1', allowHalfOpen: true });
    socket.on('error', () => undefined).resume();
    socket.write('GET /health HTTP/1.1\r\nHost: x\r\n\r\n');
    await expect.poll(() => socket.readableEnded || socket.destroyed).toBe(true);
    await expect.poll(() => connections.size).toBe(0);
    socket.destroy();
  });
});
