import { isIPv6 } from 'node:net';

/**
 * The address that limits count by. One customer of a provider holds a whole IPv6 /64, so its 2^64 addresses
 * count as one; an IPv4 address in IPv6 notation counts as the IPv4 address.
 */
export function clientAddress(ip: string): string {
  if (!ip.includes(':')) return ip;
  const mapped = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(ip)?.[1];
  if (mapped) return mapped;
  const address = ip.split('%')[0]!;
  return isIPv6(address) ? `${prefixOf(address).join(':')}::/64` : ip;
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
