import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

/** An address of either version as a number of 32-bit words: one, or four. */
export type Words = readonly number[];

export interface Network {
  readonly words: Words;
  /** How many leading bits count. */
  readonly bits: number;
}

const DOT = 46;
const ZERO = 48;

/** What maps an IPv4 address into IPv6. Bits. */
const MAPPED_BITS = 96;

/**
 * A network in CIDR notation, or a single address; undefined for anything else. Bits beyond the prefix are dropped, and
 * networks of IPv4-mapped addresses are those of IPv4.
 */
export function parseNetwork(text: string): Network | undefined {
  const [address = '', prefix] = text.split('/');
  const version = isIP(address);
  if (version === 0 || address.includes('%') || text.split('/').length > 2) return undefined;
  const most = version === 4 ? 32 : 128;
  if (prefix !== undefined && !/^(0|[1-9]\d{0,2})$/.test(prefix)) return undefined;
  const bits = prefix === undefined ? most : Number(prefix);
  if (bits > most) return undefined;
  const parsed = ipaddr.parse(address);
  if (parsed instanceof ipaddr.IPv6 && parsed.isIPv4MappedAddress() && bits >= MAPPED_BITS) {
    return masked(wordsOf(parsed.toIPv4Address().toByteArray()), bits - MAPPED_BITS);
  }
  return masked(wordsOf(parsed.toByteArray()), bits);
}

/** As it is stored and shown. */
export function formatNetwork({ words, bits }: Network): string {
  const bytes = words.flatMap((word) => [24, 16, 8, 0].map((shift) => (word >>> shift) & 0xff));
  return `${ipaddr.fromByteArray(bytes).toString()}/${bits}`;
}

/** The words of an address as the server has it: canonical, and IPv4 where it stands for that. */
export function addressWords(ip: string): Words | undefined {
  switch (isIP(ip)) {
    case 4:
      return ipv4Words(ip);
    case 6:
      return ip.includes('.') || ip.includes('%') ? parseNetwork(ip)?.words : ipv6Words(ip);
    default:
      return undefined;
  }
}

/** Each new client costs this: the library takes ten times as long. */
function ipv4Words(ip: string): Words | undefined {
  let [word, byte] = [0, 0];
  for (let at = 0; at < ip.length; at += 1) {
    const code = ip.charCodeAt(at);
    if (code === DOT) [word, byte] = [word * 256 + byte, 0];
    else byte = byte * 10 + code - ZERO;
  }
  return [word * 256 + byte];
}

/** Of eight groups of hexadecimal digits, or fewer with a gap. */
function ipv6Words(ip: string): Words {
  const gap = ip.indexOf('::');
  const groups = groupsOf(gap < 0 ? ip : ip.slice(0, gap));
  const tail = gap < 0 ? [] : groupsOf(ip.slice(gap + 2));
  while (groups.length + tail.length < 8) groups.push(0);
  groups.push(...tail);
  return [0, 2, 4, 6].map((at) => groups[at]! * 65_536 + groups[at + 1]!);
}

function groupsOf(text: string): number[] {
  return text === '' ? [] : text.split(':').map((group) => Number.parseInt(group, 16));
}

/** With all bits beyond the prefix set to zero. */
export function maskedWords(words: Words, bits: number): Words {
  if (words.length === 1) return [(words[0]! & maskOf(bits)) >>> 0];
  return words.map((word, at) => (word & maskOf(bits - at * 32)) >>> 0);
}

function masked(words: Words, bits: number): Network {
  return { words: maskedWords(words, bits), bits };
}

function maskOf(bits: number): number {
  if (bits >= 32) return 0xffffffff;
  return bits <= 0 ? 0 : (0xffffffff << (32 - bits)) >>> 0;
}

function wordsOf(bytes: readonly number[]): Words {
  const words = [];
  for (let at = 0; at < bytes.length; at += 4) {
    const [a, b, c, d] = bytes.slice(at, at + 4) as [number, number, number, number];
    words.push(((a << 24) | (b << 16) | (c << 8) | d) >>> 0);
  }
  return words;
}

export function isNetwork(text: string): boolean {
  return parseNetwork(text) !== undefined;
}
