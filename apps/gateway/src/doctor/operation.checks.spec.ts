import { hostOf } from './operation.checks.js';

describe('the host whose certificate is checked', () => {
  it.each([
    ['https://chat.example.com', { host: 'chat.example.com', servername: 'chat.example.com' }],
    ['https://[2001:db8::7]:8443', { host: '2001:db8::7' }],
    ['https://203.0.113.7', { host: '203.0.113.7' }],
  ])('of %s has the form that sockets expect', (url, host) => {
    expect(hostOf(new URL(url).hostname)).toEqual(host);
  });
});
