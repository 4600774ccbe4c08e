import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { load } from './load.ts';
import { measureLoginThroughput } from './login-throughput.ts';
import { measureLoginTimes } from './login-times.ts';
import { report, type Round } from './report.ts';
import { cleanUp, isPinned, startBareServer, startGateway } from './servers.ts';

const [GATEWAY_PORT, BARE_PORT, FRESH_PORT] = [3810, 3811, 3812];
const ROUNDS = 9;
const SECONDS = 3;
const WARM_UP = 6;
const COLD_STARTS = 7;
const LONG_RUN = 300_000;

/** What is asked, and as whom. */
interface Target {
  readonly url: string;
  readonly token: string;
}

try {
  await bench();
} finally {
  cleanUp();
}

async function bench(): Promise<void> {
  const coldStarts = await measureColdStarts();
  const gateway = await startGateway(GATEWAY_PORT);
  const { token, payload } = await signIn(gateway.url);
  const bare = await startBareServer(BARE_PORT, payload);
  const target = { url: `${gateway.url}/api/profiles`, token };
  const rounds = await inTurn({ url: `${bare.url}/api/profiles`, token }, target);
  await load(target.url, token, { requests: LONG_RUN });
  const wear = await measureWear(target);
  const loginTimes = await measureLoginTimes(gateway.url);
  const loginThroughput = await measureLoginThroughput(gateway.url, token);
  await gateway.stop();
  await bare.stop();

  const { text, missed } = report({
    rounds,
    wear,
    coldStarts,
    loginTimes,
    loginThroughput,
    machine: `${cpus().length} × ${cpus()[0]?.model.trim()}, Node.js ${process.version}`,
    isPinned,
    longRun: LONG_RUN,
  });
  process.stdout.write(text);
  writeFileSync('docs/benchmarks.md', text);
  if (missed.length > 0) {
    process.stderr.write(`\nMissed: ${missed.join('; ')}\n`);
    process.exitCode = 1;
  }
}

/** The first start makes the database; it is not among those that count. */
async function measureColdStarts(): Promise<number[]> {
  await (await startGateway(GATEWAY_PORT)).stop();
  const times = [];
  for (let start = 0; start < COLD_STARTS; start += 1) {
    const gateway = await startGateway(GATEWAY_PORT);
    times.push(gateway.startedIn);
    await gateway.stop();
  }
  return times;
}

/** The gateway, which has had its requests, in turn with one that has only warmed up. */
async function measureWear(worn: Target): Promise<Round[]> {
  const fresh = await startGateway(FRESH_PORT, 'fresh');
  const { token } = await signIn(fresh.url);
  const rounds = await inTurn({ url: `${fresh.url}/api/profiles`, token }, worn);
  await fresh.stop();
  return rounds;
}

async function inTurn(peer: Target, gateway: Target): Promise<Round[]> {
  for (const { url, token } of [gateway, peer]) await load(url, token, { seconds: WARM_UP });
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      peer: await load(peer.url, peer.token, { seconds: SECONDS }),
      gateway: await load(gateway.url, gateway.token, { seconds: SECONDS }),
    });
  }
  return rounds;
}

async function signIn(url: string): Promise<{ token: string; payload: string }> {
  const answer = await fetch(`${url}/api/auth/register`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ username: 'bench', password: 'a password for the bench' }),
  });
  const { data } = (await answer.json()) as { data: { accessToken: string } };
  const token = data.accessToken;
  const profiles = await fetch(`${url}/api/profiles`, {
    headers: { Authorization: `Bearer ${token}` },
  });
  return { token, payload: await profiles.text() };
}
