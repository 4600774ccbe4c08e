import { Redis } from 'ioredis';
import { redisServer } from './redis-server.js';

const LOCAL = { host: 'h', port: 6379 };

function refusal(url: string): string {
  try {
    redisServer(url);
    return 'taken';
  } catch (error) {
    return (error as Error).message;
  }
}

describe('a connection string of Redis', () => {
  it.each([
    ['redis://h', LOCAL],
    ['REDIS://h/', LOCAL],
    ['valkey://h', LOCAL],
    ['redis://', { host: 'localhost', port: 6379 }],
    ['redis:///3', { host: 'localhost', port: 6379, db: 3 }],
    ['redis://:p%40w%2F@h:6380/15', { host: 'h', port: 6380, password: 'p@w/', db: 15 }],
    [
      'redis://default:p w@h?db=2&family=6',
      { username: 'default', password: 'p w', db: 2, family: 6 },
    ],
    ['redis://[2001:db8::1]:6379', { host: '2001:db8::1' }],
    ['redis://under_score:80', { host: 'under_score', port: 80 }],
    ['redis://bücher.example', { host: 'xn--bcher-kva.example' }],
    ['rediss://h', { ...LOCAL, tls: {} }],
    ['REDISS://u:p@h', { ...LOCAL, tls: {} }],
    ['rediss://h?ssl_cert_reqs=CERT_REQUIRED', { tls: { rejectUnauthorized: true } }],
    ['rediss://h?ssl_cert_reqs=none', { tls: { rejectUnauthorized: false } }],
    ['unix:///var/run/redis.sock', { path: '/var/run/redis.sock' }],
    ['redis+socket://:pw@/run/a%20b.sock?db=1', { path: '/run/a b.sock', password: 'pw', db: 1 }],
  ])('is read as others read it: %s', (url, server) => {
    expect(redisServer(url)).toMatchObject(server);
  });

  it.each([
    ['h:6379', /must be redis:/],
    ['http://h', /must be redis:/],
    ['redis://u:s3cret#x@h', /where a password has/],
    ['redis://u:s3cret/x@h', /where a password has/],
    ['redis://u:s3cret%x@h', /where a password has/],
    ['redis://h:99999', /must be redis:/],
    ['redis://a:1,b:2', /must be redis:/],
    ['redis://a,b', /must be redis:/],
    ['redis://h#s3cret', /must be redis:/],
    ['redis://h/name', /database that is no number/],
    ['redis://h?db=x', /database that is no number/],
    ['redis://h?family=5', /family with a value/],
    ['redis://h?ssl_cert_reqs=none', /needs rediss:/],
    ['rediss://h?ssl_cert_reqs=optional', /ssl_cert_reqs, which must be/],
    ['unix://h/x', /must be redis:/],
    ['redis://h?commandTimeout=9', /not supported: commandTimeout/],
    ['redis://h?tls=false', /not supported: tls/],
    ['redis://h?path=/x', /not supported: path/],
    ['redis://h?__proto__=x', /not supported: __proto__/],
    ['redis://h?s3cret%20x=1', /not supported: its name is no word/],
  ])('is refused in one line where it is none, or says more: %s', (url, reason) => {
    const message = refusal(url);
    expect(message).toMatch(reason);
    expect(message).not.toMatch(/s3cret|\n/);
  });

  it('of TLS is TLS for the client, whatever the case of its scheme', () => {
    const redis = new Redis({ ...redisServer('REDISS://h'), lazyConnect: true });
    expect(redis.options.tls).toBeTruthy();
    redis.disconnect();
  });
});
