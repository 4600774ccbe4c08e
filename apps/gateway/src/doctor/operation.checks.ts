import { httpConfig } from '@app/security';
import { statSync } from 'node:fs';
import { X509Certificate } from 'node:crypto';
import { isIP } from 'node:net';
import { connect } from 'node:tls';
import { disclosureConfig } from '../disclosure/disclosure.config.js';
import { type Check, checksOf, type Diagnosis, fail, pass, warn } from './check.js';
import { sumOfSamples } from './metric-samples.js';
import type { RunningService } from './running-service.js';

const DAY_MS = 86_400_000;

/** A certificate or a security.txt that expires within this time gets a warning. Days. */
const EXPIRES_SOON_DAYS = 21;

/** The policy requires an update of the dependencies each month. Days. */
const UPDATE_DUE_DAYS = 31;

/** How much the clocks of the gateway and of this machine may differ: codes are valid for 30 seconds. Milliseconds. */
const CLOCK_WARN_MS = 2_000;
const CLOCK_FAIL_MS = 30_000;

/** Shares of all requests. */
const ERRORS_WARN = 0.01;
const ERRORS_FAIL = 0.05;
const LIMITED_WARN = 0.05;

/** Below this number of requests a share means nothing. */
const FEW_REQUESTS = 20;

/** Timeout for the TLS handshake. Milliseconds. */
const HANDSHAKE_WITHIN_MS = 5_000;

/** The checks of what changes while the gateway runs. */
export function operationChecks(service: RunningService): Check[] {
  return checksOf('in operation', {
    'error rate': () => errorRate(service),
    'limit hits': () => limitHits(service),
    certificate,
    'security.txt': securityText,
    updates,
    clock: () => clock(service),
  });
}

async function errorRate(service: RunningService): Promise<Diagnosis> {
  const metrics = await service.metrics();
  if (metrics === undefined) return withoutMetrics();
  const all = sumOfSamples(metrics, 'gateway_http_requests_total');
  const failed = sumOfSamples(metrics, 'gateway_http_requests_total', /status="5\d\d"/);
  const share = all < FEW_REQUESTS ? 0 : failed / all;
  const words = `${failed} of ${all} requests have failed since the gateway started.`;
  const fix = 'Read the lines of level error in the log. docs/logging.md explains each event.';
  if (share > ERRORS_FAIL) return fail(words, fix);
  return share > ERRORS_WARN ? warn(words, fix) : pass(words);
}

async function limitHits(service: RunningService): Promise<Diagnosis> {
  const metrics = await service.metrics();
  if (metrics === undefined) return withoutMetrics();
  const all = sumOfSamples(metrics, 'gateway_http_requests_total');
  const refused = sumOfSamples(metrics, 'gateway_limits_hit_total');
  const words = `${refused} of ${all} requests were refused by a limit since the gateway started.`;
  if (all < FEW_REQUESTS || refused / all <= LIMITED_WARN) return pass(words);
  return warn(
    words,
    'Find the addresses in the log (event request.limited). Block those that attack.',
  );
}

function withoutMetrics(): Diagnosis {
  return warn(
    'There are no metrics to read.',
    'Set METRICS_TOKEN or METRICS_PORT, and start the gateway (docs/metrics.md).',
  );
}

async function certificate(): Promise<Diagnosis> {
  const { tls, publicUrl } = httpConfig();
  if (tls) return expiry('The certificate in TLS_CERT', new X509Certificate(tls.cert).validToDate);
  if (!publicUrl?.startsWith('https:')) {
    return warn('There is no certificate to check.', 'Set PUBLIC_URL or TLS_CERT.');
  }
  const presented = await presentedCertificate(new URL(publicUrl));
  if (presented) return expiry('The certificate behind PUBLIC_URL', presented.validToDate);
  return fail(
    'PUBLIC_URL does not answer, or this machine does not trust its certificate.',
    'Check that the proxy runs, and renew its certificate.',
  );
}

/** The form that sockets expect: IPv6 without brackets, and no server name for an IP address (RFC 6066, section 3). */
export function hostOf(hostname: string): { readonly host: string; readonly servername?: string } {
  const host = hostname.replace(/^\[(.*)\]$/, '$1');
  return isIP(host) ? { host } : { host, servername: host };
}

/** Undefined if the server does not answer, or if this machine does not trust its certificate. */
function presentedCertificate({ hostname, port }: URL): Promise<X509Certificate | undefined> {
  return new Promise((done) => {
    const options = { ...hostOf(hostname), port: Number(port || 443) };
    const socket = connect({ ...options, timeout: HANDSHAKE_WITHIN_MS }, () => {
      done(socket.getPeerX509Certificate());
      socket.destroy();
    });
    socket.once('timeout', () => socket.destroy());
    socket.once('error', () => done(undefined));
    socket.once('close', () => done(undefined));
  });
}

function securityText(): Diagnosis {
  const { expires } = disclosureConfig();
  if (expires) return expiry('security.txt', expires);
  return warn(
    'There is no security.txt: it tells researchers where to report a vulnerability.',
    'Set SECURITY_CONTACT and SECURITY_CONTACT_EXPIRES.',
  );
}

function expiry(subject: string, end: Date): Diagnosis {
  const days = Math.floor((end.getTime() - Date.now()) / DAY_MS);
  const day = end.toISOString().slice(0, 10);
  if (days < 0) return fail(`${subject} expired on ${day}.`, 'Renew it now.');
  const words = `${subject} is valid for ${days} more days, until ${day}.`;
  return days < EXPIRES_SOON_DAYS ? warn(words, 'Renew it.') : pass(words);
}

/** The modification time of the program file is the time of the build. */
function updates(): Diagnosis {
  const built = statSync(process.argv[1]!).mtime;
  const days = Math.floor((Date.now() - built.getTime()) / DAY_MS);
  const words = `This build is ${days} days old.`;
  if (days < UPDATE_DUE_DAYS) return pass(words);
  return warn(words, 'Update the dependencies, run npm run scan, and deploy a new build.');
}

async function clock(service: RunningService): Promise<Diagnosis> {
  const before = Date.now();
  const response = await service.call('/health').catch(() => undefined);
  if (!response) return warn('Not checked: the gateway does not answer.', 'Start the gateway.');
  await response.text();
  const told = Date.parse(response.headers.get('date') ?? '');
  if (Number.isNaN(told)) {
    return warn(
      'The response has no Date header.',
      'Configure the proxy in front to pass the Date header on.',
    );
  }
  // The header is rounded down to whole seconds.
  const difference = Math.max(0, before - 1_000 - told, told - Date.now());
  const words = `The clock of the gateway and that of this machine differ by ${(difference / 1_000).toFixed(1)} s.`;
  const fix = 'Synchronize both clocks with NTP: codes, proofs and tokens depend on the time.';
  if (difference > CLOCK_FAIL_MS) return fail(words, fix);
  return difference > CLOCK_WARN_MS ? warn(words, fix) : pass(words);
}
