import { credentialsConfig, secondFactorConfig, signingConfig } from '@app/auth';
import type { RunMode } from '@app/config';
import { loggingConfig } from '@app/logging';
import { httpConfig, type Limit, securityConfig } from '@app/security';
import { existsSync, statSync } from 'node:fs';
import { type Check, checksOf, type Diagnosis, fail, pass, warn } from './check.js';
import { doctorConfig } from './doctor.config.js';

/** What the security policy sets for each limit. */
const POLICY_LIMITS = {
  api: { hits: 1_000, window: 3_600_000 },
  global: { hits: 100, window: 900_000 },
  login: { hits: 5, window: 900_000 },
  chat: { hits: 60, window: 60_000 },
} as const satisfies Record<string, Limit>;

/** A limit that allows more than this many times the rate of the policy gets a warning. */
const MOST_OF_POLICY = 10;

/** Log levels at which each request writes a line. */
const LEVELS_WITH_ACCESS: ReadonlySet<string> = new Set(['info', 'debug', 'trace']);

/** The checks that need the configuration only. */
export function configurationChecks(): Check[] {
  const { mode, hasOwnSecrets } = doctorConfig();
  return checksOf('before deployment', {
    mode: () => modeOf(mode),
    secrets: () => secrets(mode, hasOwnSecrets),
    https: () => https(mode),
    limits,
    passwords,
    logs,
  });
}

function modeOf(mode: RunMode): Diagnosis {
  if (mode === 'production') return pass('NODE_ENV is production.');
  return warn(
    `NODE_ENV is ${mode}: error responses contain internal details, and development profiles are served.`,
    'Set NODE_ENV=production on every gateway with real users.',
  );
}

/** Weak and repeated secrets are not checked here: the gateway does not start with them. */
function secrets(mode: RunMode, hasOwnSecrets: boolean): Diagnosis {
  if (mode !== 'production' && !hasOwnSecrets) {
    return warn(
      'The gateway uses generated secrets from DATA_DIR.',
      'Set JWT_SECRET and PASSWORD_PEPPER. Generate each with: openssl rand -base64 48',
    );
  }
  if (existsSync('.env') && (statSync('.env').mode & 0o077) !== 0) {
    return fail('Other users of this machine can read .env.', 'Run: chmod 600 .env');
  }
  if (signingConfig().jwtSecretPrevious !== undefined) {
    return warn(
      'JWT_SECRET_PREVIOUS is set: tokens that were signed with the previous secret are accepted.',
      'Remove it 24 hours after the change of JWT_SECRET.',
    );
  }
  return pass('The secrets are set, long enough, and differ.');
}

function https(mode: RunMode): Diagnosis {
  const { tls, publicUrl, trustProxy } = httpConfig();
  if (!tls && !trustProxy) {
    const report = mode === 'production' ? fail : warn;
    return report(
      'TLS is not configured: neither TLS_CERT nor TRUST_PROXY is set.',
      'Set TLS_CERT and TLS_KEY, or set TRUST_PROXY to the address of the proxy that terminates TLS.',
    );
  }
  if (!publicUrl) {
    return warn('PUBLIC_URL is not set.', 'Set it to the address that phones call: https://…');
  }
  return pass(tls ? 'The gateway terminates TLS.' : 'A trusted proxy terminates TLS.');
}

function limits(): Diagnosis {
  const inForce = securityConfig().limits;
  const wide = Object.entries(POLICY_LIMITS).filter(
    ([name, policy]) =>
      rateOf(inForce[name as keyof typeof POLICY_LIMITS]) > rateOf(policy) * MOST_OF_POLICY,
  );
  if (wide.length === 0)
    return pass(`No limit is above ${MOST_OF_POLICY} times that of the policy.`);
  const names = wide.map(([name]) => `LIMIT_${name.toUpperCase()}`).join(', ');
  return warn(
    `These limits are above ${MOST_OF_POLICY} times those of the policy: ${names}.`,
    'Remove the variable to get the default, or document why the limit is higher.',
  );
}

function rateOf({ hits, window }: Limit): number {
  return hits / window;
}

function passwords(): Diagnosis {
  const { minLength, minScore, cost } = credentialsConfig();
  if (!secondFactorConfig().isRequired && minScore < 2) {
    return warn(
      'Weak passwords are accepted, and no second factor is required.',
      'Set PASSWORD_MIN_SCORE=2 or SECOND_FACTOR=required.',
    );
  }
  return pass(`Passwords need at least ${minLength} characters; the bcrypt cost is ${cost}.`);
}

function logs(): Diagnosis {
  const { level } = loggingConfig();
  if (!LEVELS_WITH_ACCESS.has(level)) {
    return warn(
      `LOG_LEVEL is ${level}: requests are not logged.`,
      'Set LOG_LEVEL=info: without a line for each request an attack cannot be traced.',
    );
  }
  if (level === 'info') return pass('Each request is logged.');
  return warn(`LOG_LEVEL is ${level}: the log grows quickly.`, 'Set LOG_LEVEL=info.');
}
