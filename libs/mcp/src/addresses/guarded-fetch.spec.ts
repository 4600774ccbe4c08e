import { createServer, type Server } from 'node:http';
import type { AddressInfo, LookupFunction } from 'node:net';
import { getGlobalDispatcher, ProxyAgent, setGlobalDispatcher } from 'undici';
import { McpError } from '../mcp.error.js';
import { AddressRules } from './address-rules.js';
import { guardedFetch } from './guarded-fetch.js';

/** A resolver that gives the next answer to each question, and the last one for ever. */
function answers(...lists: string[][]) {
  let asked = 0;
  const resolve: LookupFunction = (_host, _options, callback) => {
    const list = lists[Math.min(asked, lists.length - 1)]!;
    asked += 1;
    callback(
      null,
      list.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })),
    );
  };
  return resolve;
}

describe('guardedFetch', () => {
  let server: Server;
  let port: number;
  /** The hosts that the server was asked as. */
  let asked: string[];

  beforeEach(async () => {
    asked = [];
    server = createServer((request, response) => {
      asked.push(`${request.headers.host?.split(':')[0]}${request.url}`);
      response.setHeader('connection', 'close');
      if (request.url?.startsWith('/to/')) {
        response.writeHead(307, { location: decodeURIComponent(request.url.slice(4)) }).end();
      } else response.end('hello');
    });
    // All of the loopback network: 127.0.0.2 is another machine here.
    await new Promise<void>((resolve) => server.listen(0, '0.0.0.0', resolve));
    port = (server.address() as AddressInfo).port;
  });
  afterEach(() => {
    server.closeAllConnections();
    server.close();
  });

  const guarded = (allowed: string[], ...lists: string[][]) =>
    guardedFetch(
      new AddressRules({ allowed, allowsLoopback: false }),
      ...(lists.length > 0 ? [answers(...lists)] : []),
    );
  const reason = async (work: Promise<unknown>) => {
    const error: unknown = await work.then(
      () => undefined,
      (failure: unknown) => failure,
    );
    if (!(error instanceof McpError)) throw new Error('It was not refused', { cause: error });
    expect(error.message).toBe('The tool server is not available.');
    return error.details.reason;
  };

  it('dials what is listed', async () => {
    const fetch = guarded(['127.0.0.1']);
    expect(await (await fetch(`http://127.0.0.1:${port}/`)).text()).toBe('hello');
    expect(asked).toEqual(['127.0.0.1/']);
  });

  it.each([
    '127.0.0.1',
    '127.1',
    '2130706433',
    '0x7f000001',
    '0177.0.0.1',
    '127.0.0.1.',
    '0',
    '[::1]',
    '[::]',
    '[::ffff:127.0.0.1]',
    '[64:ff9b::7f00:1]',
    'localhost',
    'LOCALHOST.',
    '①②⑦.0.0.1',
  ])('does not dial http://%s, whatever its spelling', async (host) => {
    expect(await reason(guarded([], ['127.0.0.1'])(`http://${host}:${port}/`))).toMatch(
      /^It is at \S+ \((loopback|unspecified)\), which allowPrivateAddresses/,
    );
    expect(asked).toEqual([]);
  });

  it('checks the address that is dialled, each time: a name that is bound anew leads nowhere', async () => {
    const fetch = guarded(['127.0.0.1'], ['127.0.0.1'], ['127.0.0.2'], ['169.254.169.254']);
    const url = `http://rebind.example:${port}/`;
    expect(await (await fetch(url)).text()).toBe('hello');
    expect(await reason(fetch(url))).toContain('127.0.0.2 (loopback)');
    expect(await reason(fetch(url))).toContain('169.254.169.254 (linkLocal)');
    expect(asked).toEqual(['rebind.example/']);
  });

  it('leaves out the addresses of a name that must not be dialled', async () => {
    const fetch = guarded(['127.0.0.1'], ['127.0.0.2', '10.0.0.1', '127.0.0.1', '::1']);
    expect((await fetch(`http://mixed.example:${port}/`)).status).toBe(200);
    expect(await reason(guarded([], [])(`http://none.example/`))).toContain('no address');
  });

  it.each(['http://169.254.169.254/latest/meta-data/', 'http://[fd00:ec2::254]/latest/'])(
    'does not follow a redirect to %s',
    async (target) => {
      const fetch = guarded(['127.0.0.1']);
      const url = `http://127.0.0.1:${port}/to/${encodeURIComponent(target)}`;
      expect(await reason(fetch(url))).toMatch(/169\.254\.169\.254|fd00:ec2::254/);
    },
  );

  it.each(['data:application/json,{}', 'file:///etc/passwd', 'blob:x', 'ftp://example.com/'])(
    'does not fetch %s',
    async (url) => {
      expect(await reason(guarded([])(url))).toContain('is not fetched');
    },
  );

  it('uses no proxy, which would dial in its place', async () => {
    const before = getGlobalDispatcher();
    const proxy = new ProxyAgent(`http://127.0.0.1:${port}`);
    setGlobalDispatcher(proxy);
    try {
      const fetch = guarded(['127.0.0.1'], ['10.0.0.1']);
      expect(await reason(fetch('http://a.example/'))).toContain('10.0.0.1 (private)');
      expect(asked).toEqual([]);
    } finally {
      setGlobalDispatcher(before);
      await proxy.close();
    }
  });
});
