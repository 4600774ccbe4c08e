import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/** Ways to write an IPv4 address, or to reach its holder, in IPv6: the prefix, and where the address stands. */
const IPV4_IN_IPV6: readonly (readonly [string, (bytes: readonly number[]) => number[]])[] = [
  // IPv4-mapped, translated (RFC 2765), NAT64 (RFC 6052): the last four bytes.
  ['::ffff:0:0/96', (bytes) => bytes.slice(12)],
  ['::ffff:0:0:0/96', (bytes) => bytes.slice(12)],
  ['64:ff9b::/96', (bytes) => bytes.slice(12)],
  // 6to4 (RFC 3056): the holder of the IPv4 address holds all networks of its prefix.
  ['2002::/16', (bytes) => bytes.slice(2, 6)],
  // Teredo (RFC 4380): all clients of one server share a /64; the client's own address is inverted.
  ['2001::/32', (bytes) => bytes.slice(12).map((byte) => byte ^ 0xff)],
];

const EMBEDDINGS = IPV4_IN_IPV6.map(([network, ipv4Of]) => ({
  network: ipaddr.IPv6.parseCIDR(network),
  ipv4Of,
}));

/**
 * One spelling for each client, as logs, the audit trail and counters have it: lower case and compressed, without
 * port, brackets or zone, and as IPv4 whatever stands for an IPv4 address. Undefined for what is no address.
 */
export function canonicalAddress(ip: string): string | undefined {
  return spellingsOf(ip)?.canonical;
}

/**
 * The address that limits count by. One customer of a provider holds a whole IPv6 /64, so its 2^64 addresses
 * count as one; what stands for an IPv4 address counts as that.
 */
export function clientAddress(ip: string): string {
  return spellingsOf(ip)?.client ?? 'unknown';
}

/**
 * The /48 of an IPv6 address: a provider hands one out on request, and it has 65,536 networks of the size that
 * `clientAddress` counts by. Undefined for IPv4.
 */
export function clientSite(ip: string): string | undefined {
  return spellingsOf(ip)?.site;
}

/** Whether an address lies in one of the networks, each an address or a CIDR. */
export function addressMatcher(networks: readonly string[]): (ip: string) => boolean {
  const ranges = networks.map(rangeOf);
  if (ranges.length === 0) return () => false;
  return (ip) => {
    const address = parsedAddress(ip);
    return (
      address !== undefined &&
      ranges.some(([base, bits]) => base.kind() === address.kind() && address.match(base, bits))
    );
  };
}

/** An address as the functions above tell it. */
interface Spellings {
  readonly canonical: string;
  readonly client: string;
  readonly site: string | undefined;
}

/** What was parsed before. Each call asks several times, and a client sends many calls. */
const parsed = new Map<string, Spellings>();

/** Beyond either nothing more is kept: no address is as long, and a gateway has fewer clients at a time. */
const LONGEST_KEPT_TEXT = 64;
const MAX_KEPT_ADDRESSES = 10_000;

function spellingsOf(ip: string): Spellings | undefined {
  const known = parsed.get(ip);
  if (known) return known;
  const address = parsedAddress(ip);
  if (!address) return undefined;
  const isNetwork = address instanceof ipaddr.IPv6;
  // RFC 5952 writes the IPv4 form for no address that is left here.
  const canonical = address.toString();
  const spellings: Spellings = {
    canonical,
    client: isNetwork ? networkOf(address, 4) : canonical,
    site: isNetwork ? networkOf(address, 3) : undefined,
  };
  if (ip.length > LONGEST_KEPT_TEXT) return spellings;
  if (parsed.size >= MAX_KEPT_ADDRESSES) parsed.clear();
  parsed.set(ip, spellings);
  return spellings;
}

function rangeOf(network: string): [ipaddr.IPv4 | ipaddr.IPv6, number] {
  const [address, bits] = ipaddr.parseCIDR(network.includes('/') ? network : single(network));
  const isMapped = address instanceof ipaddr.IPv6 && address.isIPv4MappedAddress() && bits >= 96;
  return isMapped ? [address.toIPv4Address(), bits - 96] : [address, bits];
}

function single(address: string): string {
  return `${address}/${isIP(address) === 4 ? 32 : 128}`;
}

function parsedAddress(ip: string): ipaddr.IPv4 | ipaddr.IPv6 | undefined {
  const text = withoutPort(ip).split('%')[0]!;
  // `isIP` first: the library also reads `127.1`, `0x7f.1` and octal numbers, which proxies do not write.
  const version = isIP(text);
  if (version === 0) return undefined;
  if (version === 4) return ipaddr.IPv4.parse(text);
  const address = ipaddr.IPv6.parse(text);
  const embedding = EMBEDDINGS.find(({ network }) => address.match(network));
  return embedding ? new ipaddr.IPv4(embedding.ipv4Of(address.toByteArray())) : address;
}

/** Some proxies write `192.0.2.7:51234` or `[2001:db8::1]:51234`: a new port would be a new counter. */
function withoutPort(ip: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([\d.]+):\d+$/.exec(ip)?.[1] ?? ip;
}

function networkOf(address: ipaddr.IPv6, groups: 3 | 4): string {
  const prefix = address.parts.slice(0, groups).map((part) => part.toString(16));
  return `${prefix.join(':')}::/${groups * 16}`;
}
