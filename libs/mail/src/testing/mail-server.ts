import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';
import { type SelfSigned, selfSigned } from './self-signed.js';

/** What the server got, as it came over the wire. */
export interface ReceivedMail {
  readonly to: readonly string[];
  readonly from: string;
  readonly isEncrypted: boolean;
  readonly raw: string;
}

export interface MailServer {
  readonly port: number;
  readonly certificate: SelfSigned;
  readonly login: { readonly user: string; readonly pass: string };
  readonly received: ReceivedMail[];
  /** Connections that were opened so far. */
  connections(): number;
  stop(): Promise<void>;
}

export interface MailServerOptions {
  /** @default any that is free */
  readonly port?: number;
  readonly certificate?: SelfSigned;
  /** Offers no STARTTLS at all. */
  readonly isPlain?: boolean;
  /** Speaks TLS from the first byte, as behind `smtps:`. @default false: STARTTLS */
  readonly isTlsFromTheStart?: boolean;
  /** Answers each recipient with this code. */
  readonly refusesWith?: number;
}

/** A real mail server on this machine, which takes mails of one login, over TLS unless told otherwise. */
export async function startMailServer(options: MailServerOptions = {}): Promise<MailServer> {
  const certificate = options.certificate ?? selfSigned();
  const login = { user: 'gateway@example.org', pass: 'the mail server’s password' };
  const received: ReceivedMail[] = [];
  let connections = 0;
  const server = new SMTPServer({
    ...certificate,
    secure: options.isTlsFromTheStart ?? false,
    authMethods: ['PLAIN'],
    authOptional: options.isPlain ?? false,
    disabledCommands: options.isPlain ? ['STARTTLS'] : [],
    disableReverseLookup: true,
    logger: false,
    closeTimeout: 100,
    onConnect: (_session, done) => {
      connections += 1;
      done();
    },
    onAuth: ({ username, password }, _session, done) => {
      const isRight = username === login.user && password === login.pass;
      done(isRight ? null : new Error('wrong login'), isRight ? { user: username } : undefined);
    },
    onRcptTo: ({ address }, _session, done) => {
      const { refusesWith: responseCode } = options;
      done(responseCode ? Object.assign(new Error(`no ${address}`), { responseCode }) : null);
    },
    onData: (stream, { envelope, secure }, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        received.push({
          to: envelope.rcptTo.map(({ address }) => address),
          from: envelope.mailFrom ? envelope.mailFrom.address : '',
          isEncrypted: secure,
          raw: Buffer.concat(chunks).toString(),
        });
        done();
      });
    },
  });
  // A client that gives the handshake up is what some tests are about.
  server.on('error', () => undefined);
  await new Promise<void>((done) => server.listen(options.port ?? 0, '127.0.0.1', done));
  return {
    port: (server.server.address() as AddressInfo).port,
    certificate,
    login,
    received,
    connections: () => connections,
    stop: () => new Promise((done) => server.close(done)),
  };
}
