import { readFileSync } from 'node:fs';
import type { Browser, Locator, Page, Request } from 'playwright-core';
import { aBrowser } from '../attack/auth/browser.ts';
import { type Gateway, startGateway } from './gateway.ts';

interface Operation {
  readonly method: string;
  readonly path: string;
  readonly security: readonly object[];
}

const operations: Operation[] = Object.entries(
  (
    JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as {
      paths: Record<string, Record<string, { security: object[] }>>;
    }
  ).paths,
).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, { security }]) => ({
    method: method.toUpperCase(),
    path,
    security,
  })),
);

const AN_ID = '01a20de4-0000-7000-8000-000000000000';
const EXAMPLES: Readonly<Record<string, string>> = {
  callId: '1-1',
  profileId: 'notes',
  limit: 'chat',
  module: 'Runs',
  purpose: 'analytics',
  conversationId: 'conv_1732600000000',
  server: 'pBOQ8vFQ0Ic3QGdGJkHpJQ',
};

// "Test Request", as a developer uses it: in a browser, with what the page suggests.
describe('the page at /docs', () => {
  let gateway: Gateway;
  let browser: Browser;

  beforeAll(async () => {
    [gateway, browser] = await Promise.all([startGateway(), aBrowser()]);
  });
  afterAll(() => browser?.close());

  it('sends, for every operation, the method, path and credentials that it documents', async () => {
    const page = await openPage();
    const sent: Request[] = [];
    await page.route(isCall, async (route) => {
      sent.push(route.request());
      await route.fulfill({ status: 204 });
    });
    await openClient(page);
    for (const operation of operations) {
      await choose(page, operation);
      const count = sent.length;
      await click(sendButton(page));
      await expect.poll(() => sent.length, { interval: 10 }).toBe(count + 1);
      const request = sent.at(-1)!;
      const path = operation.path.replace(
        /\{(\w+)\}/g,
        (_, name: string) => EXAMPLES[name] ?? AN_ID,
      );
      expect([request.method(), new URL(request.url()).pathname]).toEqual([operation.method, path]);
      const hasToken = 'authorization' in request.headers();
      expect(hasToken, `${operation.method} ${path}`).toBe(operation.security.length > 0);
      expect(request.postData() ?? '').not.toMatch(/conversation_id/);
    }
  }, 300_000);

  it('signs a developer in and lets them chat with what it suggests, at the first try', async () => {
    const page = await openPage();
    await openClient(page);
    const registered = await answerOf(page, 'POST', '/api/auth/register', 201);
    const { accessToken } = (registered as { data: { accessToken: string } }).data;
    await choose(page, { method: 'GET', path: '/api/profiles' });
    await client(page).getByPlaceholder('Token').fill(accessToken);
    for (const [method, path] of [
      ['POST', '/api/auth/login'],
      ['GET', '/api/profiles'],
      ['POST', '/api/chat'],
      ['GET', '/api/chat/conversations'],
      ['POST', '/api/auth/step-up'],
    ] as const) {
      expect(await answerOf(page, method, path, 200)).toMatchObject({ success: true });
    }
  }, 300_000);

  async function openPage(): Promise<Page> {
    const page = await browser.newPage();
    await page.goto(`${gateway.url}/docs`);
    return page;
  }
});

const isCall = ({ pathname }: URL) => !pathname.startsWith('/docs');
const client = (page: Page) => page.locator('.scalar-client');
const sendButton = (page: Page) => page.locator('[data-addressbar-action="send"]').first();

/** Opens the client on the first operation, with its list of operations and every group of them. */
async function openClient(page: Page): Promise<void> {
  await click(page.getByRole('button', { name: /^Test Request/ }).first());
  await click(page.getByRole('button', { name: 'Show sidebar' }));
  const closed = client(page).locator('aside button[aria-expanded="false"]');
  while ((await closed.count()) > 0) await click(closed.first());
}

async function choose(page: Page, { method, path }: Pick<Operation, 'method' | 'path'>) {
  const entry = client(page).locator(`li[data-sidebar-id$="/${method}${path}"] > button`);
  await click(entry);
  const label = new RegExp(`^Send ${method.toLowerCase()} request to `);
  await page.getByRole('button', { name: label }).waitFor();
  await client(page).locator(`li[data-sidebar-id$="/${method}${path}"] > [aria-current]`).waitFor();
}

async function answerOf(page: Page, method: string, path: string, status: number) {
  await choose(page, { method, path });
  const answered = page.waitForResponse((response) => isCall(new URL(response.url())));
  await click(sendButton(page));
  const answer = await answered;
  const text = await answer.text();
  expect([answer.url(), answer.status(), text]).toEqual([answer.url(), status, text]);
  return JSON.parse(text) as unknown;
}

/** At once: nothing that is clicked here moves, so Playwright need not watch for it. */
function click(target: Locator): Promise<void> {
  return target.evaluate((element) => (element as unknown as { click(): void }).click());
}
