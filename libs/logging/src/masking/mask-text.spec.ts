import { maskText } from './mask-text.js';

describe('maskText', () => {
  it.each([
    ['mail to ada@example.org failed', 'mail to [email] failed'],
    ['call +49 170 1234567 now', 'call [phone] now'],
    ['call (030) 123-4567', 'call [phone]'],
    ['call +491701234567', 'call [phone]'],
    ['jwt eyJhbGciOi.eyJzdWIi.c2ln', 'jwt [token]'],
    ['Authorization: Bearer abc.def', 'Authorization: Bearer [credential]'],
    ['connect postgres://app:secret@db/x', 'connect [credential]@db/x'],
  ])('%s', (text, masked) => expect(maskText(text)).toBe(masked));

  it.each([
    'listening on 127.0.0.1:3000 after 1250 ms',
    '2026-11-24T12:00:00.000Z',
    '019e0a2b-7c1d-7000-8000-0123456789ab',
  ])('leaves alone: %s', (text) => expect(maskText(text)).toBe(text));

  it('bounds what one field carries', () => expect(maskText('x'.repeat(10_000))).toHaveLength(501));
});
