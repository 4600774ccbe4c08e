import { trustedProxies } from './trusted-proxies.js';

describe('trustedProxies', () => {
  it.each([
    ['10.0.0.0/8', ['10.0.0.0/8']],
    ['10.1.2.3/8', ['10.1.2.3/8']],
    [' 10.0.0.1, 192.168.0.0/16 fd00::/8', ['10.0.0.1', '192.168.0.0/16', 'fd00::/8']],
    ['172.30.77.1', ['172.30.77.1']],
    ['::ffff:10.0.0.1', ['::ffff:10.0.0.1']],
    ['::ffff:10.0.0.0/104', ['::ffff:10.0.0.0/104']],
    ['Loopback', ['127.0.0.0/8', '::1/128']],
    ['none', []],
    ['False', []],
    ['linklocal', ['169.254.0.0/16', 'fe80::/10']],
    // What content delivery networks publish.
    [
      '104.16.0.0/13,172.64.0.0/13,2400:cb00::/32',
      ['104.16.0.0/13', '172.64.0.0/13', '2400:cb00::/32'],
    ],
  ])('reads %s', (list, proxies) => expect(trustedProxies(list)).toEqual(proxies));

  it.each([
    '10.0.0.0/8.5',
    '10.0.0.0/8e0',
    '10.0.0.0/+8',
    '10.0.0.0/08',
    '10.0.0.0/33',
    '10.0.0.0/',
    '10.0.0.0/-1',
    '10.0.0.0/255.0.0.0',
    '10.0.0.0/8/8',
    '10.0.0',
    '010.0.0.1',
    '0x0a000001',
    '167772161',
    '10.0.0.1:80',
    '[::1]',
    'fe80::1%eth0',
    '::/129',
    'true',
    '1',
    '*',
    'proxy.internal',
    'private',
    ',',
  ])('refuses %s, and says what is legal', (list) =>
    expect(() => trustedProxies(list)).toThrow(/^must list addresses or networks, such as/),
  );

  it.each([
    '0.0.0.0/0',
    '::/0',
    '0.0.0.0/1,128.0.0.0/1',
    '128.0.0.0/1,10.0.0.0/8,0.0.0.0/1',
    // All but a few addresses is everybody, too.
    '0.0.0.0/2,64.0.0.0/2,128.0.0.0/2,192.0.0.0/3',
    '128.0.0.0/1',
    '10.0.0.0/0',
    '::ffff:0:0/96',
    '::ffff:0:0/97,::ffff:128.0.0.0/97',
    '::ffff:0.0.0.0/97,128.0.0.0/1',
    '::/1',
    '::/64',
    '2000::/3',
    '2000::/4,3000::/4',
    '::/1,8000::/1',
    Array.from({ length: 256 }, (_, n) => `${n}.0.0.0/8`).join(),
    Array.from({ length: 256 }, (_, n) => `${255 - n}.0.0.0/8`).join(),
  ])('refuses %s, which trusts everybody', (list) =>
    expect(() => trustedProxies(list)).toThrow(/half of the Internet$/),
  );
});
