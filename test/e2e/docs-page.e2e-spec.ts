import { call } from './client.ts';
import { startGateway } from './gateway.ts';

describe('/docs', () => {
  it('is a page of its own origin only, outside production', async () => {
    const gateway = await startGateway();
    const page = await call(gateway, '/docs');
    expect(page.status).toBe(200);
    expect(page.headers.get('content-type')).toContain('text/html');
    expect(page.headers.get('content-security-policy')).toContain("script-src 'self';");
    expect(page.text).not.toMatch(/<script>\s*[^\s<]|(src|href)="(https?:)?\/\//);
    for (const [, path] of page.text.matchAll(/(?:src|href)="(\.[^"]+)"/g)) {
      const part = await call(gateway, new URL(path!, 'http://x/docs').pathname);
      expect([path, part.status]).toEqual([path, 200]);
    }
    const document = await call(gateway, '/docs/openapi.json');
    expect(document.headers.get('content-type')).toContain('application/json');
    expect(document.text).toContain('"openapi":"3.1.0"');
  });

  it('is not there in production, unless it is asked for', async () => {
    const secret = 'd'.repeat(40);
    const production = { NODE_ENV: 'production', JWT_SECRET: secret, PASSWORD_PEPPER: secret };
    const closed = await startGateway({ asProcess: true, environment: production });
    expect((await call(closed, '/docs')).status).toBe(404);
    expect((await call(closed, '/docs/openapi.json')).status).toBe(404);
    const open = await startGateway({
      asProcess: true,
      environment: { ...production, DOCS_ENABLED: 'true' },
    });
    expect((await call(open, '/docs')).status).toBe(200);
  });
});
