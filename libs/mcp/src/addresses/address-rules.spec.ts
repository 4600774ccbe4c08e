import { AddressRules } from './address-rules.js';

const rules = (allowed: string[] = [], allowsLoopback = false) =>
  new AddressRules({ allowed, allowsLoopback });

describe('AddressRules', () => {
  it.each(['1.1.1.1', '172.32.0.1', '2606:4700::1111', '64:ff9b::101:101', '::ffff:1.1.1.1'])(
    'lets %s be dialled',
    (address) => expect(rules().refusal(address, 'host.example')).toBeUndefined(),
  );

  it.each([
    ['127.0.0.1', 'loopback'],
    ['127.1.2.3', 'loopback'],
    ['::1', 'loopback'],
    ['0.0.0.0', 'unspecified'],
    ['::', 'unspecified'],
    ['10.1.2.3', 'private'],
    ['172.16.0.1', 'private'],
    ['192.168.1.1', 'private'],
    ['fc00::1', 'uniqueLocal'],
    ['fd00:ec2::254', 'linkLocal'],
    ['fd20:ce:0::254', 'linkLocal'],
    ['169.254.169.254', 'linkLocal'],
    ['fe80::1', 'linkLocal'],
    ['fe80::1%eth0', 'linkLocal'],
    ['168.63.129.16', 'linkLocal'],
    ['100.100.100.200', 'linkLocal'],
    ['100.100.100.201', 'carrierGradeNat'],
    ['192.0.0.192', 'reserved'],
    ['198.18.0.1', 'reserved'],
    ['240.0.0.1', 'reserved'],
    ['255.255.255.255', 'broadcast'],
    ['224.0.0.1', 'multicast'],
    ['ff02::1', 'multicast'],
    ['::ffff:127.0.0.1', 'loopback'],
    ['::ffff:a9fe:a9fe', 'linkLocal'],
    ['::7f00:1', 'reserved'],
    ['::ffff:0:7f00:1', 'rfc6145'],
    ['64:ff9b::a9fe:a9fe', 'linkLocal'],
    ['64:ff9b::10.0.0.1', 'private'],
    ['64:ff9b:1::a00:1', 'rfc6052'],
    ['2002:7f00:1::', '6to4'],
    ['2001::1', 'teredo'],
    ['fec0::1', 'deprecatedSiteLocal'],
    ['4000::1', 'reserved'],
    ['host.example', 'invalid'],
  ])('refuses %s as %s', (address, kind) => {
    expect(rules().refusal(address, 'host.example')).toBe(kind);
  });

  it('lets listed addresses and networks be dialled, and their neighbours not', () => {
    const listed = rules(['10.1.0.0/16', '127.0.0.1', 'fd00::/8', '169.254.169.254']);
    const refused = (address: string) => listed.refusal(address, address) !== undefined;
    expect(
      ['10.1.2.3', '::ffff:10.1.2.3', '127.0.0.1', 'fd12::1', '169.254.169.254'].map(refused),
    ).toEqual([false, false, false, false, false]);
    expect(['10.2.0.1', '127.0.0.2', '::1', 'fc00::1', '169.254.169.253'].map(refused)).toEqual([
      true,
      true,
      true,
      true,
      true,
    ]);
  });

  it('lets a listed name be inside, but never at the address of a metadata service', () => {
    const listed = rules(['tools.internal']);
    expect(listed.refusal('10.0.0.1', 'tools.internal')).toBeUndefined();
    expect(listed.refusal('10.0.0.1', 'Tools.Internal.')).toBeUndefined();
    expect(listed.refusal('10.0.0.1', 'x.tools.internal')).toBe('private');
    expect(listed.refusal('169.254.169.254', 'tools.internal')).toBe('linkLocal');
    for (const address of ['168.63.129.16', 'fd00:ec2::254', 'fd20:ce::254', '100.100.100.200']) {
      expect(listed.refusal(address, 'tools.internal')).toBe('linkLocal');
    }
  });

  it('lets this machine be dialled in development, and nothing else', () => {
    const development = rules([], true);
    expect(development.refusal('127.0.0.1', 'localhost')).toBeUndefined();
    expect(development.refusal('::1', 'localhost')).toBeUndefined();
    expect(development.refusal('0.0.0.0', 'localhost')).toBe('unspecified');
    expect(development.refusal('10.0.0.1', 'localhost')).toBe('private');
  });

  it('tells entries of a list from what is none', () => {
    const entries = ['10.0.0.1', '10.0.0.0/8', '::1', 'fd00::/8', 'localhost', 'a_b.internal'];
    expect(entries.filter((entry) => !AddressRules.isEntry(entry))).toEqual([]);
    const none = [
      '10.0.0',
      '10.0.0.0/33',
      '300.1.1.1',
      '0x7f.1',
      '*.internal',
      'https://a',
      'a b',
      '',
    ];
    expect(none.filter((entry) => AddressRules.isEntry(entry))).toEqual([]);
  });
});
