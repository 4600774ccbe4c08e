import { appLink, isAppLink } from './app-link.js';

describe('links into the app', () => {
  it.each(['https://app.example.org', 'https://app.example.org/account/', 'org.example.app://go'])(
    'may begin with %s',
    (base) => expect(isAppLink(base)).toBe(true),
  );

  it.each([
    'http://app.example.org',
    'javascript://example.org/%0aalert(1)',
    'data://x',
    'file:///etc/passwd',
    'app://go',
    'https://user@app.example.org',
    'https://app.example.org?x=1',
    'https://app.example.org#x',
    'https://app.example.org/\r\nBcc:',
    'https:app.example.org',
    'app.example.org',
  ])('may not begin with %j', (base) => expect(isAppLink(base)).toBe(false));

  it('carry the token in the fragment', () => {
    const link = new URL(appLink('https://app.example.org/account/', 'reset-password', 'abc'));
    expect([link.pathname, link.search, link.hash]).toEqual([
      '/account/reset-password',
      '',
      '#token=abc',
    ]);
  });
});
