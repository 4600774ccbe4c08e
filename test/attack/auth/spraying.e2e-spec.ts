import { aUser, call, type Tokens } from '../../e2e/client.ts';
import { type Gateway, query, startGateway } from '../../e2e/gateway.ts';

const login = (
  on: Gateway,
  username: string,
  {
    password = 'Winter2026',
    device,
    from,
  }: { password?: string; device?: object; from?: string } = {},
) =>
  call<Tokens>(on, '/api/auth/login', {
    body: { username, password, ...(device ? { device } : {}) },
    headers: from ? { 'X-Forwarded-For': from } : {},
  });
const outcomes = (on: Gateway) =>
  query(on, `select outcome from audit_records where action = 'sign_in.sprayed'`);

describe('one password tried on many accounts', { timeout: 120_000 }, () => {
  it('is refused from that address, recorded in the audit trail, and does not affect known devices', async () => {
    const sprayed = await startGateway({ environment: { SPRAY_ADDRESS: '8/15m' } });
    const { username, password, deviceToken } = await aUser(sprayed);
    for (let n = 0; n < 8; n += 1) await login(sprayed, `victim-${n}`);
    const ninth = await login(sprayed, 'victim-9');
    expect([ninth.status, ninth.body.error?.code]).toEqual([429, 'too_many_attempts']);
    expect((await login(sprayed, username, { password })).status).toBe(429);
    const known = await login(sprayed, username, { password, device: { token: deviceToken } });
    expect(known.status).toBe(200);
    expect(await outcomes(sprayed)).toEqual([{ outcome: 'address' }]);
    await expect.poll(() => sprayed.log()).toContain('"event":"auth.spraying"');
  });

  it('is not helped by concurrent attempts', async () => {
    const sprayed = await startGateway({
      environment: { SPRAY_ADDRESS: '8/15m' },
    });
    const names = Array.from({ length: 30 }, (_, n) => `victim-${n}`);
    const answers = await Promise.all(names.map((name) => login(sprayed, name)));
    let tested = answers.filter(({ status }) => status === 401).length;
    expect(tested).toBeGreaterThan(0);
    // An attempt that is counted while still in flight counts twice, so the burst may stay below the limit.
    while ((await login(sprayed, `victim-again-${tested}`)).status === 401) tested += 1;
    expect(tested).toBe(8);
  });

  it('is detected across all addresses, and lowers the limit of each', async () => {
    const sprayed = await startGateway({
      environment: { SPRAY_ADDRESS: '12/15m', SPRAY_ALL: '6/15m', TRUST_PROXY: '127.0.0.1' },
    });
    for (let n = 0; n < 6; n += 1) {
      const answer = await login(sprayed, `victim-${n}`, { from: `198.51.100.${n + 1}` });
      expect(answer.status).toBe(401);
    }
    expect(await outcomes(sprayed)).toEqual([{ outcome: 'everywhere' }]);
    const statuses = [];
    for (let n = 0; n < 4; n += 1) {
      statuses.push((await login(sprayed, `other-${n}`, { from: '203.0.113.7' })).status);
    }
    expect(statuses).toEqual([401, 401, 401, 429]);
  });
});
