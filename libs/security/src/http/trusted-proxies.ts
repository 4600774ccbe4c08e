import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/** Names for the networks that no address of the Internet is in. */
const NAMED: ReadonlyMap<string, readonly string[]> = new Map([
  ['loopback', ['127.0.0.0/8', '::1/128']],
  ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
  ['uniquelocal', ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', 'fc00::/7']],
]);

/** Where IPv4 and the addresses of the Internet lie among all of IPv6 (RFC 4291 §2.5.5.2, §2.5.4). */
const IPV4 = networkOf('::ffff:0:0/96')!;
const GLOBAL_IPV6 = networkOf('2000::/3')!;

interface Network {
  readonly first: bigint;
  readonly last: bigint;
}

/**
 * The proxies that a list names, as the server takes them; none if it says so in a word. Networks that together hold half of the Internet or more are
 * refused: with them, any client could claim any address in `X-Forwarded-For`.
 *
 * @throws Error that says what the list must be
 */
export function trustedProxies(list: string): readonly string[] {
  const proxies = namedNetworks(list);
  const networks = proxies.flatMap((proxy) => networkOf(proxy) ?? []);
  if ([IPV4, GLOBAL_IPV6].some((internet) => isHalfCovered(internet, networks))) {
    throw new Error('must list addresses of proxies, not networks that hold half of the Internet');
  }
  return proxies;
}

/** The networks of a list, names among them in full; none if it says so in a word. @throws Error that says what the list must be */
export function namedNetworks(list: string): readonly string[] {
  if (/^(none|false|off|no)$/i.test(list)) return [];
  const entries = list.split(/[\s,]+/).filter((entry) => entry !== '');
  const networks = entries.flatMap((entry) => NAMED.get(entry.toLowerCase()) ?? [entry]);
  const isListOfNetworks = networks.every((network) => networkOf(network) !== undefined);
  if (isListOfNetworks && networks.length > 0) return networks;
  throw new Error(
    'must list addresses or networks, such as 10.0.0.0/8, or loopback, linklocal, uniquelocal, none',
  );
}

/** IPv4 as its part of IPv6, as a server that listens on both sees it. A number of bits only, and no more than there are. */
function networkOf(text: string): Network | undefined {
  const [, address = '', bits] = /^([\da-f.:]+)(?:\/(0|[1-9]\d{0,2}))?$/i.exec(text) ?? [];
  const version = isIP(address);
  const length = version === 4 ? 32 : 128;
  const prefix = bits === undefined ? length : Number(bits);
  if (version === 0 || prefix > length) return undefined;
  const parsed = ipaddr.parse(address);
  const bytes =
    parsed.kind() === 'ipv4' ? mappedBytes(parsed as ipaddr.IPv4) : parsed.toByteArray();
  const free = BigInt(length - prefix);
  const first = (BigInt(`0x${Buffer.from(bytes).toString('hex')}`) >> free) << free;
  return { first, last: first + (1n << free) - 1n };
}

function mappedBytes(address: ipaddr.IPv4): number[] {
  return address.toIPv4MappedAddress().toByteArray();
}

function isHalfCovered(internet: Network, networks: readonly Network[]): boolean {
  let covered = 0n;
  let next = internet.first;
  for (const { first, last } of networks.toSorted((a, b) => (a.first < b.first ? -1 : 1))) {
    const begin = first > next ? first : next;
    const end = last < internet.last ? last : internet.last;
    if (begin > end) continue;
    covered += end - begin + 1n;
    next = end + 1n;
  }
  return covered * 2n >= internet.last - internet.first + 1n;
}
