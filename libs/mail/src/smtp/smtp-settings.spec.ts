import { smtpSettings } from './smtp-settings.js';

describe('smtpSettings', () => {
  it('reads a server with TLS from the start, and its login', () => {
    expect(smtpSettings('smtps://ada%40example.org:p%3Aw@mail.example.org', false)).toEqual({
      host: 'mail.example.org',
      port: 465,
      isTlsFromTheStart: true,
      requiresTls: true,
      login: { user: 'ada@example.org', pass: 'p:w' },
    });
  });

  it('demands STARTTLS of every other server', () => {
    expect(smtpSettings('smtp://mail.example.org', false)).toMatchObject({
      port: 587,
      isTlsFromTheStart: false,
      requiresTls: true,
      login: undefined,
    });
  });

  it.each(['localhost', '127.0.0.1', '127.9.9.9', '[::1]'])('but not of %s', (host) =>
    expect(smtpSettings(`smtp://${host}:2525`, false).requiresTls).toBe(false),
  );

  it.each(['localhost.example.org', '127.0.0.1.example.org', '128.0.0.1', '[::2]'])(
    'and is not taken in by %s',
    (host) => expect(smtpSettings(`smtp://${host}`, false).requiresTls).toBe(true),
  );

  it('demands nothing where the operator says so', () => {
    expect(smtpSettings('smtp://mail.example.org', true).requiresTls).toBe(false);
    expect(smtpSettings('smtps://mail.example.org', true).requiresTls).toBe(false);
  });

  it.each([
    'mail.example.org:587',
    'http://mail.example.org',
    'smtp://',
    'smtp://mail.example.org/path',
    'smtp://mail.example.org?tls.rejectUnauthorized=false',
    'smtp://mail.example.org#x',
    'smtp://mail.example.org:99999',
    'smtp://user:100%@mail.example.org',
  ])('refuses %s', (url) => expect(() => smtpSettings(url, false)).toThrow(/must be smtps:/));
});
