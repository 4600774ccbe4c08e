import { Agent, request } from 'node:http';
import { quantile } from './statistics.ts';

/** How often another client asks. Milliseconds. */
const INTERVAL_MS = 10;

/** A call that another client makes again and again. */
export interface OtherCall {
  readonly method?: 'GET' | 'PATCH';
  readonly path: string;
  readonly body?: object;
  /** Beside those of every call. @default none */
  readonly headers?: () => Record<string, string>;
}

/** How long other clients waited for their answers. Milliseconds. */
export interface Waits {
  readonly p99: number;
  readonly longest: number;
}

/** What other clients wait, each on a connection of its own, while `work` runs. */
export async function waitsOfOthers(
  url: string,
  token: string,
  calls: readonly OtherCall[],
  work: () => Promise<unknown>,
): Promise<Waits> {
  const times: number[] = [];
  let isOver = false;
  const clients = calls.map(async (call) => {
    const agent = new Agent({ keepAlive: true });
    while (!isOver) {
      times.push(await timeOf(url, token, call, agent));
      await new Promise((resolve) => setTimeout(resolve, INTERVAL_MS));
    }
    agent.destroy();
  });
  await work();
  isOver = true;
  await Promise.all(clients);
  return { p99: quantile(times, 0.99), longest: Math.max(...times) };
}

function timeOf(
  url: string,
  token: string,
  { method = 'GET', path, body, headers: more }: OtherCall,
  agent: Agent,
): Promise<number> {
  const startedAt = performance.now();
  const headers = {
    Authorization: `Bearer ${token}`,
    'Content-Type': 'application/json',
    ...more?.(),
  };
  return new Promise((resolve, reject) => {
    const asked = request(`${url}${path}`, { method, agent, headers }, (answer) => {
      answer.resume();
      answer.once('end', () => {
        if (answer.statusCode === 200) resolve(performance.now() - startedAt);
        else reject(new Error(`${path} was answered with ${answer.statusCode}`));
      });
    });
    asked.once('error', reject).end(body && JSON.stringify(body));
  });
}
