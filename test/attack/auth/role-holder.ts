import { call } from '../../e2e/client.ts';
import { type Gateway, query } from '../../e2e/gateway.ts';
import { aTotpUser } from './second-factor-user.ts';

const WAIT = { timeout: 10_000 };

/** An account with a second factor and a role. */
export async function aRoleHolder(gateway: Gateway, role: string) {
  const user = await aTotpUser(gateway);
  await query(gateway, `update accounts set role = '${role}' where id = '${user.userId}'`);
  const status = role === 'user' ? 403 : 200;
  const asks = (path: string) => call(gateway, path, { token: user.token });
  // The principal is cached for a second at most.
  await vi.waitUntil(async () => (await asks('/api/auth/me')).data.role === role, WAIT);
  await vi.waitUntil(async () => (await asks('/api/admin/audit')).status === status, WAIT);
  return user;
}
