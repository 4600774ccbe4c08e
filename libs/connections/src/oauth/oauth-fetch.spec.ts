import type { AddressInfo } from 'node:net';
import { createServer, type RequestListener, type Server } from 'node:http';
import { oauthFetch } from './oauth-fetch.js';

describe('requests of OAuth', () => {
  const servers: Server[] = [];
  const serve = async (listener: RequestListener) => {
    const server = createServer(listener);
    servers.push(server);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  };
  afterEach(() => {
    for (const server of servers.splice(0)) {
      server.closeAllConnections();
      server.close();
    }
  });
  const calls = (allowsLoopback = true, timeoutMs = 10_000) =>
    oauthFetch({ send: fetch, allowsLoopback, timeoutMs });

  it('take no answer without an end, and read no more of it than they must', async () => {
    let sent = 0;
    const url = await serve((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536))) sent += 65_536;
      };
      response.on('drain', more);
      more();
    });
    await expect(calls().fetch(url)).rejects.toThrow('too long');
    expect(sent).toBeLessThan(32_000_000);
  });

  it('wait for no answer that does not come, nor for the end of one that has begun', async () => {
    const silent = await serve(() => undefined);
    const slow = await serve((_, response) => void response.writeHead(200).write('{'));
    const hasty = calls(true, 100);
    await expect(hasty.fetch(silent)).rejects.toThrow('timeout');
    await expect(hasty.fetch(slow)).rejects.toThrow('timeout');
    expect((await hasty.headersOf(slow, {})).status).toBe(200);
  });

  it('follow no redirect', async () => {
    let asked = 0;
    const other = await serve((_, response) => {
      asked += 1;
      response.end();
    });
    const url = await serve((_, response) => response.writeHead(307, { location: other }).end());
    expect((await calls().fetch(url)).status).toBe(307);
    expect(asked).toBe(0);
  });

  it.each([
    'http://auth.example/token',
    'ftp://auth.example/',
    'javascript:alert(1)',
    'https://user:secret@auth.example/',
    'no address',
  ])('are not made to %s', (url) => {
    expect(() => calls().assertAllowed(url)).toThrow('https');
  });

  it('need TLS on this machine too in production', () => {
    expect(() => calls().assertAllowed('http://127.0.0.1:1/')).not.toThrow();
    expect(() => calls(false).assertAllowed('http://127.0.0.1:1/')).toThrow('https');
    expect(() => calls(false).assertAllowed('https://auth.example/')).not.toThrow();
  });
});
