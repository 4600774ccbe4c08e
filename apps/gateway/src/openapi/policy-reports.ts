import { CSP_REPORTS_PATH } from '@app/security';
import { Logger } from '@nestjs/common';
import type { FastifyInstance } from 'fastify';
import { z } from 'zod';

/** A report has the page, the policy and 40 characters of the script. Bytes. */
const LARGEST_REPORT_BYTES = 16 * 1024;

/** What is read of a report (Content Security Policy Level 3, section 5.3). */
const REPORT = z.object({
  'csp-report': z.object({
    'effective-directive': z.unknown().optional(),
    'violated-directive': z.unknown().optional(),
    'blocked-uri': z.unknown().optional(),
  }),
});

/**
 * Takes reports of browsers that the API reference broke its content security policy, and logs each as `csp.violation`.
 * Any client can send one, so that nothing of it is logged but the directive and the origin of what was blocked.
 */
export function takePolicyReports(server: FastifyInstance): void {
  const logger = new Logger('PolicyReports');
  // A scope of its own: no other route takes this type of content.
  void server.register((scope, _options, done) => {
    scope.addContentTypeParser(
      'application/csp-report',
      { parseAs: 'string', bodyLimit: LARGEST_REPORT_BYTES },
      scope.getDefaultJsonParser('error', 'error'),
    );
    scope.post(CSP_REPORTS_PATH, (request, reply) => {
      const { data } = REPORT.safeParse(request.body);
      if (data) logger.warn({ event: 'csp.violation', ...violationOf(data['csp-report']) });
      return reply.code(204).send();
    });
    done();
  });
}

type Report = z.infer<typeof REPORT>['csp-report'];

function violationOf(report: Report) {
  return {
    field: directiveOf(report['effective-directive'] ?? report['violated-directive']),
    url: blockedOf(report['blocked-uri']),
  };
}

/** Older browsers send the sources of the directive behind its name. */
function directiveOf(given: unknown): string {
  return /^[a-z-]{1,40}(?= |$)/.exec(String(given))?.[0] ?? 'unknown';
}

/** An origin, or a word of the standard such as `inline` or `eval`. */
function blockedOf(given: unknown): string {
  const text = String(given);
  if (/^[a-z-]{1,40}$/.test(text)) return text;
  return URL.canParse(text) ? new URL(text).origin : 'unknown';
}
