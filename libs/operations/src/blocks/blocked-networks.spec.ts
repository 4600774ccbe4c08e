import fc from 'fast-check';
import ipaddr from 'ipaddr.js';
import { BlockedNetworks } from './blocked-networks.js';
import { formatNetwork, parseNetwork } from './network.js';

const address = fc.oneof(fc.ipV4(), fc.ipV6());
const network = fc.tuple(address, fc.nat(128)).map(([ip, bits]) => {
  const most = ip.includes(':') ? 128 : 32;
  return `${ip}/${bits % (most + 1)}`;
});

/** Another library's answer to whether an address lies in a network; IPv4-mapped addresses count as IPv4 here. */
function isIn(ip: string, cidr: string): boolean {
  const [base, bits] = ipaddr.parseCIDR(cidr);
  const [one, other] = [ipaddr.process(ip), base];
  const isMapped = other instanceof ipaddr.IPv6 && other.isIPv4MappedAddress() && bits >= 96;
  const [network, length] = isMapped ? [other.toIPv4Address(), bits - 96] : [other, bits];
  return one.kind() === network.kind() && one.match(network, length);
}

/** An address that is often in the network. */
const near = ([cidr, ip]: readonly [string, string]) => {
  const base = cidr.split('/')[0]!;
  return ip.includes(':') === base.includes(':') ? [cidr, base, ip] : [cidr, ip, ip];
};

describe('blocked networks', () => {
  it('hold the addresses that another library finds in them', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(network, address).map(near), { maxLength: 8 }), (given) => {
        const blocked = new BlockedNetworks();
        const networks = given.map(([cidr]) => cidr!);
        networks.forEach((cidr, n) => blocked.add(String(n), parseNetwork(cidr)!, Infinity));
        for (const ip of given.flatMap(([, ...ips]) => ips)) {
          const canonical = ipaddr.process(ip).toString();
          const expected = networks.some((cidr) => isIn(canonical, cidr));
          expect([ip, blocked.has(canonical)]).toEqual([ip, expected]);
        }
      }),
    );
  });

  it('are written in one way, which reads as the same', () => {
    fc.assert(
      fc.property(network, (cidr) => {
        const written = formatNetwork(parseNetwork(cidr)!);
        expect(parseNetwork(written)).toEqual(parseNetwork(cidr));
        expect(formatNetwork(parseNetwork(written)!)).toBe(written);
      }),
    );
  });

  it('hold an address as long as any block of it is there', () => {
    const blocked = new BlockedNetworks();
    const [wide, narrow] = [parseNetwork('203.0.113.0/24')!, parseNetwork('203.0.113.7')!];
    blocked.add('wide', wide, Infinity);
    blocked.add('twice', wide, Infinity);
    blocked.add('narrow', narrow, Date.now() - 1);
    expect(blocked.has('203.0.113.7')).toBe(true);
    blocked.remove('wide', wide);
    expect(blocked.has('203.0.113.7')).toBe(true);
    blocked.remove('twice', wide);
    blocked.remove('unknown', wide);
    expect(blocked.has('203.0.113.7')).toBe(false);
    expect(blocked.has('no address')).toBe(false);
  });
});
