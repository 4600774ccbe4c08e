import { writeFileSync } from 'node:fs';
import { cpus } from 'node:os';
import { load } from './load.ts';
import { measureLoginTimes } from './login-times.ts';
import { report } from './report.ts';
import { cleanUp, isPinned, startBareServer, startGateway } from './servers.ts';

const [GATEWAY_PORT, BARE_PORT] = [3810, 3811];
const ROUNDS = 9;
const SECONDS = 3;
const COLD_STARTS = 7;
const LONG_RUN = 300_000;

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
  const [gatewayUrl, bareUrl] = [gateway, bare].map(({ url }) => `${url}/api/profiles`);

  await load(gatewayUrl!, token, { seconds: 3 });
  await load(bareUrl!, token, { seconds: 3 });
  const rounds = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    rounds.push({
      bare: await load(bareUrl!, token, { seconds: SECONDS }),
      gateway: await load(gatewayUrl!, token, { seconds: SECONDS }),
    });
  }
  await load(gatewayUrl!, token, { requests: LONG_RUN });
  const afterwards = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    afterwards.push({
      bare: await load(bareUrl!, token, { seconds: SECONDS }),
      gateway: await load(gatewayUrl!, token, { seconds: SECONDS }),
    });
  }
  const loginTimes = await measureLoginTimes(gateway.url);
  await gateway.stop();
  await bare.stop();

  const { text, missed } = report({
    rounds,
    afterwards,
    coldStarts,
    loginTimes,
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
