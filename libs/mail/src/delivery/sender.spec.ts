import { senderOf } from './sender.js';

describe('senderOf', () => {
  it.each([
    ['a@b.example', '', 'a@b.example'],
    ['<a@b.example>', '', 'a@b.example'],
    ['Example App <a@b.example>', 'Example App', 'a@b.example'],
    ['Müller GmbH <a@b.example>', 'Müller GmbH', 'a@b.example'],
    ['"Acme, Inc." <a@b.example>', 'Acme, Inc.', 'a@b.example'],
    ['Acme & Söhne (Support) <a@b.example>', 'Acme & Söhne', 'a@b.example'],
    ['"The \\"App\\"" <a@b.example>', 'The "App"', 'a@b.example'],
    ['Приложение <a@b.example>', 'Приложение', 'a@b.example'],
    ['アプリ <a@b.example>', 'アプリ', 'a@b.example'],
    ['App <a@bücher.example>', 'App', 'a@xn--bcher-kva.example'],
  ])('reads %s', (text, name, address) => {
    expect(senderOf(text)).toMatchObject({
      name: expect.stringContaining(name) as string,
      address,
    });
  });

  it.each([
    'Eve <eve@example.org>, ada@example.org',
    'Team: a@b.example;',
    'a@b.example <c@d.example> <e@f.example>',
    '<a@b.example> x <c@d.example>',
    'x <a@b.example',
    'x a@b.example>',
    '"Acme <a@b.example>',
    'Acme',
    'Acme <acme>',
    'App <ä@b.example>',
    'App\r\nBcc: eve@example.org <a@b.example>',
    '"App\nBcc: eve@example.org" <a@b.example>',
    `${'x'.repeat(121)} <a@b.example>`,
  ])('refuses %j', (text) => expect(() => senderOf(text)).toThrow(/^must be an address/));
});
