import type { Response } from 'undici';
import { type Check, checksOf, type Diagnosis, fail, pass, warn } from './check.js';
import type { RunningService } from './running-service.js';

const JSON_TYPE = { 'Content-Type': 'application/json' };

/** An origin that no configuration allows. */
const FOREIGN_ORIGIN = 'https://page.invalid';

/** The headers that each response must carry, with their values. */
const HEADERS: Readonly<Record<string, RegExp>> = {
  'x-content-type-options': /^nosniff$/,
  'content-security-policy': /default-src 'none'.*frame-ancestors 'none'/,
  'strict-transport-security': /max-age=\d{8}/,
  'referrer-policy': /^no-referrer$/,
  'cache-control': /no-store/,
};

/** Headers that show an attacker which software runs here. */
const TELLING_HEADERS = ['server', 'x-powered-by', 'via'];

const NEW_BUILD = 'This build is faulty: deploy a released version.';

const HOW_TO_REACH = 'Start the gateway, or pass its address: doctor --url http://127.0.0.1:3000';

/** The checks that need a running gateway. */
export function serviceChecks(service: RunningService): Check[] {
  const asked = (check: (service: RunningService) => Promise<Diagnosis>) => () =>
    reached(() => check(service));
  return checksOf('before deployment', {
    service: asked(answers),
    validation: asked(validation),
    errors: asked(errors),
    headers: asked(headers),
    cors: asked(cors),
    authentication: asked(authentication),
  });
}

/** If the gateway does not answer, only the check `service` fails; the others give a warning. */
async function reached(check: () => Promise<Diagnosis>): Promise<Diagnosis> {
  try {
    return await check();
  } catch {
    return warn('Not checked: the gateway does not answer.', HOW_TO_REACH);
  }
}

async function answers(service: RunningService): Promise<Diagnosis> {
  const response = await service.call('/health/ready').catch(() => undefined);
  if (!response) return fail('The gateway does not answer.', HOW_TO_REACH);
  const { details = {} } = (await response.json()) as {
    details?: Record<string, { status?: string; shared?: boolean }>;
  };
  if (response.ok) return pass('The gateway is ready.');
  const down = Object.entries(details).filter(([, { status }]) => status !== 'up');
  return fail(
    `The gateway is not ready: ${down.map(([name]) => name).join(', ') || response.status}.`,
    'Read docs/operations.md, “Database outage”.',
  );
}

async function validation(service: RunningService): Promise<Diagnosis> {
  const body = JSON.stringify({ refreshToken: 'x', unexpected: true });
  const response = await service.call('/api/auth/refresh', {
    method: 'POST',
    headers: JSON_TYPE,
    body,
  });
  if (response.status === 429) return limited();
  if (response.status === 400) return pass('A request with an unknown field is refused.');
  return fail(
    `A request with an unknown field gets the status ${response.status} instead of 400.`,
    NEW_BUILD,
  );
}

async function errors(service: RunningService): Promise<Diagnosis> {
  const response = await service.call('/api/is-not-there');
  if (response.status === 429) return limited();
  const text = await response.text();
  const { error } = JSON.parse(text) as { error?: { requestId?: string; debug?: unknown } };
  if (error?.debug !== undefined || /\n\s+at |node_modules/.test(text)) {
    return fail('Error responses contain internal details.', 'Set NODE_ENV=production.');
  }
  if (error?.requestId === undefined) return fail('Error responses have no request id.', NEW_BUILD);
  return pass('Error responses have a code and a request id, and no internal details.');
}

async function headers(service: RunningService): Promise<Diagnosis> {
  const response = await service.call('/health');
  await response.text();
  const missing = Object.entries(HEADERS)
    .filter(([name, value]) => !value.test(response.headers.get(name) ?? ''))
    .map(([name]) => name);
  if (missing.length > 0) {
    return fail(
      `Security headers are missing or too weak: ${missing.join(', ')}.`,
      'Configure the proxy in front to pass the headers of the gateway on unchanged.',
    );
  }
  const telling = TELLING_HEADERS.filter((name) => response.headers.has(name));
  if (telling.length === 0) return pass('Responses have all security headers.');
  return warn(
    `Responses show which software runs here: ${telling.join(', ')}.`,
    'Configure the proxy in front to remove these headers.',
  );
}

async function cors(service: RunningService): Promise<Diagnosis> {
  const response = await service.call('/api/auth/login', {
    method: 'OPTIONS',
    headers: { Origin: FOREIGN_ORIGIN, 'Access-Control-Request-Method': 'POST' },
  });
  await response.text();
  if (response.status === 429) return limited();
  const allowed = response.headers.get('access-control-allow-origin');
  if (allowed === null) return pass('A page of an unknown origin cannot call the API.');
  return fail(
    `A page of an unknown origin can call the API: CORS allows ${allowed === '*' ? 'every origin' : 'its origin'}.`,
    'Remove the CORS headers of the proxy in front.',
  );
}

async function authentication(service: RunningService): Promise<Diagnosis> {
  const statuses = await Promise.all(
    ['/api/auth/me', '/api/profiles', '/api/admin/users'].map((path) => statusOf(service, path)),
  );
  if (statuses.includes(429)) return limited();
  if (statuses.every((status) => status === 401)) {
    return pass('Calls without a token are refused.');
  }
  return fail(
    `Calls without a token get the status ${statuses.join(', ')} instead of 401.`,
    NEW_BUILD,
  );
}

async function statusOf(service: RunningService, path: string): Promise<number> {
  const response: Response = await service.call(path);
  await response.text();
  return response.status;
}

function limited(): Diagnosis {
  return warn(
    'Not checked: the limit of calls from this address is used up.',
    'Run the doctor again later, or from another machine.',
  );
}
