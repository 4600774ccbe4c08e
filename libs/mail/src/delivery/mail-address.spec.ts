import { isMailAddress } from './mail-address.js';

describe('isMailAddress', () => {
  it.each([
    'ada@example.org',
    'ada.lovelace+phone@mail.example.co.uk',
    "o'brien@example.ie",
    'x@xn--bcher-kva.example',
    `${'a'.repeat(64)}@example.org`,
  ])('takes %s', (address) => expect(isMailAddress(address)).toBe(true));

  it.each([
    '',
    'ada',
    '@example.org',
    'ada@',
    'ada@localhost',
    'ada@example',
    'ada@@example.org',
    'ada@example.org@example.net',
    '.ada@example.org',
    'ada.@example.org',
    'a..da@example.org',
    'ada@-example.org',
    'ada@example..org',
    'ada@[127.0.0.1]',
    'ada@127.0.0.1',
    'Ada <ada@example.org>',
    'ada@example.org,eve@example.net',
    'ada@example.org eve@example.net',
    'ada@example.org\r\nBcc: eve@example.net',
    'ada@example.org\n',
    'ada\r\n@example.org',
    'ada\u2028@example.org',
    '"ada"@example.org',
    'ada(comment)@example.org',
    'ad\u0131@example.org',
    'ada@ex\u00e4mple.org',
    'ada@example\uff0eorg',
    'ada\0@example.org',
    `${'a'.repeat(65)}@example.org`,
    `ada@${'a.'.repeat(130)}org`,
  ])('refuses %j', (address) => expect(isMailAddress(address)).toBe(false));

  it.each([undefined, null, 7, {}, ['ada@example.org']])('refuses what is no text: %j', (value) =>
    expect(isMailAddress(value)).toBe(false),
  );

  it('takes no longer for a hostile text', () => {
    expect(isMailAddress(`${'a.'.repeat(100_000)}@`)).toBe(false);
  });
});
