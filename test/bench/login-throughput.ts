import { runOnServerCore } from './servers.ts';

/** Logins against what they are made of, and what everybody else notices of them. */
export interface LoginThroughput {
  readonly rounds: readonly LoginRound[];
  /** 99th percentile of an authenticated read, in milliseconds: with nothing else to do, and during the logins. */
  readonly idleP99: number;
  readonly busyP99: number;
}

export interface LoginRound {
  /** Comparisons a second of threads that do nothing else, on the server's cores: mean of right before and after. */
  readonly bcryptAlone: number;
  /** Successful logins a second. */
  readonly logins: number;
}

/** Many short ones: a machine that others share is not as fast in one minute as in the next. */
const ROUNDS = 15;
const IDLE_SECONDS = 2;
const BCRYPT_SECONDS = 4;
const LOGIN_SECONDS = 6;
/** Enough for no thread to wait for the next login. */
const CLIENTS = 8;
/**
 * Between two reads of the probe. Milliseconds. Each costs the server's core most of a millisecond while it hashes: with
 * one every five, the probe alone took a tenth of what it is to measure.
 */
const PROBE_EVERY = 100;
/** Before anything is counted: seconds in which logins are compiled, and threads started. */
const WARM_UP = 20;

const PASSWORD = 'a password for the bench';

export async function measureLoginThroughput(url: string, token: string): Promise<LoginThroughput> {
  const phones = await Promise.all(
    Array.from({ length: CLIENTS }, (_, n) => aPhone(url, `login-bench-${n}`)),
  );
  await Promise.all(phones.map((phone) => logins(url, phone, WARM_UP)));
  const rounds: LoginRound[] = [];
  const [idle, busy]: [number[], number[]] = [[], []];
  let before = await bcryptAlone();
  for (let round = 0; round < ROUNDS; round += 1) {
    const [reads, ...answered] = await Promise.all([
      probe(url, token, LOGIN_SECONDS),
      ...phones.map((phone) => logins(url, phone, LOGIN_SECONDS)),
    ]);
    const after = await bcryptAlone();
    rounds.push({ bcryptAlone: (before + after) / 2, logins: rateOf(answered.flat()) });
    busy.push(...reads);
    idle.push(...(await probe(url, token, IDLE_SECONDS)));
    before = after;
  }
  return { rounds, idleP99: p99(idle), busyP99: p99(busy) };
}

async function bcryptAlone(): Promise<number> {
  const seconds = { BENCH_SECONDS: String(BCRYPT_SECONDS) };
  return Number(await runOnServerCore(['test/bench/bcrypt-alone.ts'], seconds));
}

interface Phone {
  readonly username: string;
  readonly password: string;
  readonly device: { readonly token: string };
}

/** A phone with an account of its own, on which its owner has signed in before. */
async function aPhone(url: string, username: string): Promise<Phone> {
  const credentials = { username, password: PASSWORD };
  const answer = await post(`${url}/api/auth/register`, credentials);
  const { data } = (await answer.json()) as { data: { deviceToken: string } };
  return { ...credentials, device: { token: data.deviceToken } };
}

/** Signs in again and again until the seconds are over. Resolves with the moments at which it was answered. */
async function logins(url: string, phone: Phone, seconds: number): Promise<number[]> {
  const until = performance.now() + seconds * 1000;
  const answered: number[] = [];
  while (performance.now() < until) {
    const { status } = await post(`${url}/api/auth/login`, phone);
    if (status !== 200) throw new Error(`a login was answered with ${status}`);
    answered.push(performance.now());
  }
  return answered.filter((moment) => moment < until);
}

/** From the first answer to the last: what is half done at either end counts for neither side. */
function rateOf(moments: readonly number[]): number {
  const [first, last] = [Math.min(...moments), Math.max(...moments)];
  return (moments.length - 1) / ((last - first) / 1000);
}

async function post(url: string, body: object): Promise<Response> {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify(body),
  });
  return new Response(await answer.arrayBuffer(), answer);
}

/** One read at a time, at an even pace. Resolves with the time that each took. Milliseconds. */
async function probe(url: string, token: string, seconds: number): Promise<number[]> {
  const until = performance.now() + seconds * 1000;
  const times: number[] = [];
  while (performance.now() < until) {
    const startedAt = performance.now();
    const answer = await fetch(`${url}/api/profiles`, {
      headers: { Authorization: `Bearer ${token}` },
    });
    await answer.arrayBuffer();
    times.push(performance.now() - startedAt);
    await new Promise((resolve) => setTimeout(resolve, PROBE_EVERY));
  }
  return times;
}

function p99(times: readonly number[]): number {
  return times.toSorted((a, b) => a - b)[Math.floor(times.length * 0.99)]!;
}
