import { clientAddress } from '@app/security';

/** Masks a client address: removes the last byte of IPv4, and all but the first 48 bits of IPv6. */
export function maskedAddress(ip: string): string {
  const address = clientAddress(ip);
  if (address.includes('.')) return address.replace(/\d+$/, '0');
  const groups = address.split('/')[0]!.split(':');
  return groups.length < 4 ? 'unknown' : `${groups.slice(0, 3).join(':')}::`;
}
