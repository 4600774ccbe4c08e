/** How long refused logins take, in milliseconds. */
export interface LoginTimes {
  readonly wrongPassword: readonly number[];
  readonly unknownUser: readonly number[];
}

const LOGINS = 60;

/** Both kinds in turn, one at a time: what an attacker would compare to find out who has an account. */
export async function measureLoginTimes(url: string): Promise<LoginTimes> {
  const times = { wrongPassword: [] as number[], unknownUser: [] as number[] };
  for (let n = 0; n < LOGINS; n += 1) {
    times.wrongPassword.push(await timeOf(url, 'bench'));
    times.unknownUser.push(await timeOf(url, `nobody-${n}`));
  }
  return times;
}

async function timeOf(url: string, username: string): Promise<number> {
  const startedAt = performance.now();
  const answer = await fetch(`${url}/api/auth/login`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username, password: 'not the password' }),
  });
  await answer.arrayBuffer();
  if (answer.status !== 401) throw new Error(`a wrong login was answered with ${answer.status}`);
  return performance.now() - startedAt;
}
