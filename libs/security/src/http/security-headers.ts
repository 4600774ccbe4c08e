import helmet, { type HelmetOptions } from 'helmet';
import { ServerResponse, type IncomingMessage } from 'node:http';

const ONE_YEAR = 365 * 24 * 3600;

/** Where browsers report what the policy of a page has blocked. Under `/api`, so that `LIMIT_API` counts the reports. */
export const CSP_REPORTS_PATH = '/api/csp-reports';

/** An answer of the API is data: no browser may render, frame or run any of it. */
const API_POLICY: HelmetOptions = {
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
    },
  },
  crossOriginEmbedderPolicy: true,
  crossOriginOpenerPolicy: { policy: 'same-origin' },
  crossOriginResourcePolicy: { policy: 'same-origin' },
  originAgentCluster: true,
  referrerPolicy: { policy: 'no-referrer' },
  strictTransportSecurity: { maxAge: ONE_YEAR, includeSubDomains: true },
  xContentTypeOptions: true,
  xDnsPrefetchControl: { allow: false },
  xDownloadOptions: true,
  xFrameOptions: { action: 'deny' },
  xPermittedCrossDomainPolicies: { permittedPolicies: 'none' },
  xPoweredBy: true,
  xXssProtection: true,
};

/** The documentation is a page: its own scripts and styles, and calls to its own origin. */
const DOCS_POLICY: HelmetOptions = {
  ...API_POLICY,
  contentSecurityPolicy: {
    useDefaults: false,
    directives: {
      defaultSrc: ["'none'"],
      scriptSrc: ["'self'"],
      styleSrc: ["'self'", "'unsafe-inline'"],
      imgSrc: ["'self'", 'data:'],
      fontSrc: ["'self'"],
      connectSrc: ["'self'"],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      // All browsers know this directive; its successor, `report-to`, sends nothing over plain HTTP.
      reportUri: CSP_REPORTS_PATH,
    },
  },
};

export interface SecurityHeaders {
  readonly api: Readonly<Record<string, string>>;
  readonly docs: Readonly<Record<string, string>>;
}

/** Whether a path belongs to the documentation, which is a page. */
export function isOfDocs(path: string): boolean {
  return path === '/docs' || path.startsWith('/docs/');
}

/** Helmet's headers. They are the same for each answer, so helmet is asked once and not per request. */
export function securityHeaders(): SecurityHeaders {
  return {
    api: headersOf(API_POLICY),
    docs: headersOf(DOCS_POLICY),
  };
}

function headersOf(options: HelmetOptions): Record<string, string> {
  const request = { headers: {} } as IncomingMessage;
  const response = new ServerResponse(request);
  helmet(options)(request, response, (error?: unknown) => {
    if (error) throw new Error('helmet refused its options', { cause: error });
  });
  return Object.fromEntries(
    Object.entries(response.getHeaders()).map(([name, value]) => [name, String(value)]),
  );
}
