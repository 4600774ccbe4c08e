import fastify from 'fastify';
import fc from 'fast-check';
import { isIP } from 'node:net';
import {
  addressMatcher,
  clientAddress,
  clientSite,
  useCanonicalAddress,
} from '../../libs/security/src/index.js';
import { anyText, fuzz, FUZZ_TIMEOUT_MS } from './fuzzing.ts';

const PROXY = '127.0.0.1';

const entry = fc.oneof(
  fc.ipV4(),
  fc.ipV4Extended(),
  fc.ipV6(),
  fc.ipV6().map((address) => `[${address.toUpperCase()}]:8080`),
  fc.ipV4().map((address) => `::ffff:${address}`),
  fc.ipV4().map((address) => `64:ff9b::${address}`),
  fc.ipV4().map((address) => `${address}:51234`),
  fc.ipV6().map((address) => `${address}%eth0`),
  anyText(40),
);

/** A header holds no line ends; Node refuses such a request before any of our code. */
const header = fc
  .array(entry, { minLength: 1, maxLength: 5 })
  .map((entries) => entries.join(', ').replace(/[^\t\x20-\x7e\x80-\xff]/g, '?'));

it(
  'X-Forwarded-For: the client has one canonical address',
  { timeout: FUZZ_TIMEOUT_MS },
  async () => {
    const server = fastify();
    useCanonicalAddress(server, addressMatcher([PROXY]));
    server.get('/', (request) => ({ ip: request.ip }));
    const ask = async (remoteAddress: string, forwardedFor: string) => {
      const headers = { 'x-forwarded-for': forwardedFor };
      const answer = await server.inject({ url: '/', remoteAddress, headers });
      return answer.json<{ ip: string }>().ip;
    };
    await fuzz(
      'X-Forwarded-For',
      fc.asyncProperty(header, async (forwardedFor) => {
        // A client that does not come through the proxy is not trusted.
        expect(await ask('203.0.113.7', forwardedFor)).toBe('203.0.113.7');
        const ip = await ask(PROXY, forwardedFor);
        expect(isIP(ip)).not.toBe(0);
        const counted = clientAddress(ip);
        expect(counted).toMatch(/^[\da-f.:]+(?:\/64)?$/);
        // The same client in another spelling is the same client.
        expect(await ask(PROXY, ip.toUpperCase())).toBe(ip);
        expect(clientSite(ip) === undefined).toBe(isIP(ip) === 4);
      }),
      [['unknown'], ['::ffff:808:404'], ['64:ff9b::8.8.4.4'], ['2002:808:404::1'], ['fe80::1%1']],
    );
    await server.close();
  },
);
