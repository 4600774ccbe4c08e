import ipaddr from 'ipaddr.js';
import { isIP } from 'node:net';

type Address = ReturnType<typeof ipaddr.process>;
type Range = ReturnType<typeof ipaddr.parseCIDR>;

/** What a name that is listed may lead to. Metadata services and other links of a machine have to be listed themselves. */
const INSIDE: readonly string[] = ['loopback', 'private', 'uniqueLocal', 'carrierGradeNat'];

/**
 * Where clouds answer their own machines (Azure, AWS, Google, Alibaba), at addresses that have the form of others. A name
 * that is listed may lead to none of them.
 */
const PLATFORMS: readonly string[] = [
  '168.63.129.16',
  'fd00:ec2::254',
  'fd20:ce::254',
  '100.100.100.200',
];

const GLOBAL_UNICAST = ipaddr.parseCIDR('2000::/3');
const NAT64 = ipaddr.parseCIDR('64:ff9b::/96');
const NAT64_PREFIX_BYTES = 12;

const HOST_NAME =
  /^(?=.{1,253}$)[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?(\.[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?)*$/;

export interface AddressRulesOptions {
  /** Addresses, networks in CIDR notation, and names of hosts that may be inside. */
  readonly allowed?: readonly string[] | undefined;
  /** This machine may be dialled without being listed. */
  readonly allowsLoopback: boolean;
}

/** Which addresses may be dialled: those of the public Internet, and what is listed. */
export class AddressRules {
  private readonly ranges: readonly Range[];
  private readonly hosts: ReadonlySet<string>;
  private readonly allowsLoopback: boolean;

  constructor({ allowed = [], allowsLoopback }: AddressRulesOptions) {
    const ranges = allowed.map((entry) => rangeOf(entry));
    this.ranges = ranges.filter((range) => range !== undefined);
    this.hosts = new Set(allowed.filter((_, index) => !ranges[index]).map(withoutDot));
    this.allowsLoopback = allowsLoopback;
  }

  /** Whether it can stand in the list. */
  static isEntry(text: string): boolean {
    // What looks like an address is never taken for a name.
    return rangeOf(text) !== undefined || (HOST_NAME.test(text) && !/^[\d.]+$|^0x/.test(text));
  }

  /** Why an address that a host has led to must not be dialled, such as `private`; undefined if it may be. */
  refusal(address: string, host: string): string | undefined {
    if (isIP(address) === 0) return 'invalid';
    const dialled = ipaddr.process(address);
    const kind = kindOf(dialled);
    if (kind === undefined || this.ranges.some((range) => isIn(dialled, range))) return undefined;
    if (this.allowsLoopback && kind === 'loopback') return undefined;
    return this.hosts.has(withoutDot(host)) && INSIDE.includes(kind) ? undefined : kind;
  }
}

/** Undefined for an address of the public Internet. */
function kindOf(address: Address): string | undefined {
  if (address.kind() === 'ipv6') {
    // A network of IPv6 alone reaches IPv4 behind these.
    if (isIn(address, NAT64)) {
      return kindOf(ipaddr.fromByteArray(address.toByteArray().slice(NAT64_PREFIX_BYTES)));
    }
    if (address.range() === 'unicast' && !isIn(address, GLOBAL_UNICAST)) return 'reserved';
  }
  if (PLATFORMS.includes(address.toString())) return 'linkLocal';
  const range = address.range();
  return range === 'unicast' ? undefined : range;
}

function isIn(address: Address, range: Range): boolean {
  return address.kind() === range[0].kind() && address.match(range);
}

function rangeOf(entry: string): Range | undefined {
  if (isIP(entry) !== 0) {
    const address = ipaddr.process(entry);
    return [address, address.toByteArray().length * 8];
  }
  const [network = ''] = entry.split('/');
  return isIP(network) !== 0 && ipaddr.isValidCIDR(entry) ? ipaddr.parseCIDR(entry) : undefined;
}

function withoutDot(host: string): string {
  return host.toLowerCase().replace(/\.$/, '');
}
