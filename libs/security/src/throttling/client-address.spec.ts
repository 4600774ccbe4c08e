import fc from 'fast-check';
import { addressMatcher, canonicalAddress, clientAddress, clientSite } from './client-address.js';

describe('clientAddress', () => {
  it.each([
    ['192.0.2.7', '192.0.2.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:0DB8:0001:0002::1', '2001:db8:1:2::/64'],
    ['2001:db8:1:2:ffff:ffff:ffff:ffff', '2001:db8:1:2::/64'],
    ['2001:db8::1', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '0:0:0:0::/64'],
    ['192.0.2.7:51234', '192.0.2.7'],
    ['[2001:db8::1]:51234', '2001:db8:0:0::/64'],
    ['[2001:db8::1]', '2001:db8:0:0::/64'],
    ['whatever a proxy passes on', 'unknown'],
    ['', 'unknown'],
    ['127.1', 'unknown'],
    ['0x7f000001', 'unknown'],
    ['010.1.1.1', 'unknown'],
    ['2001:db8::1::2', 'unknown'],
  ])('%s counts as %s', (ip, address) => expect(clientAddress(ip)).toBe(address));

  it.each([
    '::ffff:8.8.4.4',
    '::FFFF:808:404',
    '0:0:0:0:0:ffff:0808:0404',
    '[::ffff:8.8.4.4]:443',
    '::ffff:0:808:404',
    '64:ff9b::808:404',
    '64:FF9B::8.8.4.4',
    '2002:808:404::1',
    '2002:808:404:ffff:1:2:3:4',
    '2001:0:4136:e378:8000:63bf:f7f7:fbfb',
  ])('%s counts as the IPv4 address that it stands for', (ip) => {
    expect(clientAddress(ip)).toBe('8.8.4.4');
    expect(canonicalAddress(ip)).toBe('8.8.4.4');
    expect(clientSite(ip)).toBeUndefined();
  });

  it('gives each IPv4 address one counter, however it is written', () => {
    const byte = fc.integer({ min: 0, max: 255 });
    fc.assert(
      fc.property(byte, byte, byte, byte, (a, b, c, d) => {
        const hex = [a * 256 + b, c * 256 + d].map((group) => group.toString(16)).join(':');
        const written = [`::ffff:${a}.${b}.${c}.${d}`, `::ffff:${hex}`, `64:ff9b::${hex}`];
        expect(new Set(written.map(clientAddress))).toEqual(new Set([`${a}.${b}.${c}.${d}`]));
      }),
    );
  });
});

describe('clientSite', () => {
  it.each([
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1::/48'],
    ['2001:DB8:1:ffff::', '2001:db8:1::/48'],
    ['[2001:db8:1::9]:1', '2001:db8:1::/48'],
    ['192.0.2.7', undefined],
    ['garbage', undefined],
  ])('of %s is %s', (ip, site) => expect(clientSite(ip)).toBe(site));
});

describe('canonicalAddress', () => {
  it.each([
    ['2001:0DB8:0000::0001', '2001:db8::1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['192.0.2.7:1234', '192.0.2.7'],
    ["evil'; drop table --", undefined],
    ['unknown', undefined],
    ['_hidden', undefined],
    ['x'.repeat(100_000), undefined],
  ])('of %.40s is %s', (ip, address) => expect(canonicalAddress(ip)).toBe(address));

  it('throws for nothing', () => {
    fc.assert(fc.property(fc.string(), (text) => void canonicalAddress(text)));
    fc.assert(
      fc.property(fc.ipV6(), (ip) => {
        expect(canonicalAddress(canonicalAddress(ip)!)).toBe(canonicalAddress(ip));
      }),
    );
  });
});

describe('addressMatcher', () => {
  const isProxy = addressMatcher([
    '10.0.0.0/8',
    '192.0.2.1',
    '2001:db8::/32',
    '::ffff:172.16.0.0/108',
  ]);

  it.each(['10.1.2.3', '172.16.9.9', '::ffff:10.1.2.3', '192.0.2.1', '2001:db8::5'])(
    'knows %s',
    (ip) => expect(isProxy(ip)).toBe(true),
  );
  it.each(['11.1.2.3', '192.0.2.2', '2001:db9::5', 'garbage'])('does not know %s', (ip) =>
    expect(isProxy(ip)).toBe(false),
  );
});
