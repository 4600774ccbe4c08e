import { isIPv4, isIPv6 } from 'node:net';

/**
 * The address that limits count by. One customer of a provider holds a whole IPv6 /64, so its 2^64 addresses
 * count as one; an IPv4 address in IPv6 notation counts as the IPv4 address.
 */
export function clientAddress(ip: string): string {
  const address = withoutPort(ip).split('%')[0]!;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(address)?.[1] ?? address;
  if (isIPv4(mapped)) return mapped;
  return isIPv6(address) ? `${prefixOf(address).join(':')}::/64` : 'unknown';
}

/** Some proxies write `192.0.2.7:51234` or `[2001:db8::1]:51234`: a new port would be a new counter. */
function withoutPort(ip: string): string {
  return /^\[(.*)\](?::\d+)?$/.exec(ip)?.[1] ?? /^([\d.]+):\d+$/.exec(ip)?.[1] ?? ip;
}

/** The first four groups, without leading zeros: one spelling for each network. */
function prefixOf(address: string): string[] {
  const [head = '', tail] = address.toLowerCase().split('::');
  const left = head === '' ? [] : head.split(':');
  const right = tail === undefined || tail === '' ? [] : tail.split(':');
  const missing = tail === undefined ? 0 : Math.max(0, 8 - left.length - right.length);
  const groups = [...left, ...Array.from({ length: missing }, () => '0'), ...right];
  return groups.slice(0, 4).map((group) => group.replace(/^0+(?=.)/, ''));
}
