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
  });
});
