import { httpConfig } from '@app/security';
import { Agent, fetch, type RequestInit, type Response } from 'undici';
import { metricsConfig } from '../metrics/metrics.config.js';

/** Timeout for one request. Milliseconds. */
const ANSWER_WITHIN_MS = 5_000;

/** The running gateway. The doctor calls it from this machine, without an account. */
export class RunningService {
  /** Certificates are not verified here: the check `certificate` does that. */
  private readonly agent = new Agent({ connect: { rejectUnauthorized: false } });
  private read: Promise<string | undefined> | undefined;

  /** @param url without a trailing slash @default the address that the configuration lets it listen on */
  constructor(private readonly url: string = listeningAddress()) {}

  /** @throws if there is no answer in time */
  call(path: string, request: RequestInit = {}): Promise<Response> {
    return this.fetch(`${this.url}${path}`, request);
  }

  /** The metrics of the process, read once; undefined if they are not enabled, or if the gateway does not answer. */
  metrics(): Promise<string | undefined> {
    this.read ??= this.readMetrics().catch(() => undefined);
    return this.read;
  }

  close(): Promise<void> {
    return this.agent.close();
  }

  private async readMetrics(): Promise<string | undefined> {
    const { token, port } = metricsConfig();
    if (!token && !port) return undefined;
    const address = port ? withPort(this.url, port) : this.url;
    const headers: Record<string, string> = port ? {} : { Authorization: `Bearer ${token}` };
    const response = await this.fetch(`${address}/metrics`, { headers });
    return response.ok ? response.text() : undefined;
  }

  private fetch(url: string, request: RequestInit): Promise<Response> {
    return fetch(url, {
      redirect: 'manual',
      ...request,
      dispatcher: this.agent,
      signal: AbortSignal.timeout(ANSWER_WITHIN_MS),
    });
  }
}

function listeningAddress(): string {
  const { host, port, tls } = httpConfig();
  const loopback = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
  const authority = loopback.includes(':') ? `[${loopback}]` : loopback;
  return `${tls ? 'https' : 'http'}://${authority}:${port}`;
}

/** The metrics port has no TLS. */
function withPort(url: string, port: number): string {
  return `http://${new URL(url).hostname}:${port}`;
}
