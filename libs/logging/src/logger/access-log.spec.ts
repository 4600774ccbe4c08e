import type { FastifyReply, FastifyRequest } from 'fastify';
import pino from 'pino';
import { pinoOptions } from './pino-options.js';
import { accessLine } from './access-log.js';
import { LogLevels } from './log-levels.js';
import { runInRequest } from '../requests/request-context.js';

const REPLY = { statusCode: 201, elapsedTime: 12.4 } as FastifyReply;

/** What the logger writes of the same fields. */
function lineOfLogger(requestId: string, fields: object): string {
  const lines: string[] = [];
  const levels = new LogLevels();
  const log = pino(pinoOptions({ level: 'info' }, levels), {
    write: (line) => void lines.push(line),
  });
  levels.follow(log);
  runInRequest({ requestId, ip: '192.0.2.7' }, () => log.info(fields));
  return lines.join('');
}

const withoutTime = (line: string) => line.replace(/"timestamp":"[^"]+Z"/, '"timestamp":"…"');

describe('the line of a request', () => {
  it.each([
    ['of a user', { user: { accountId: '0199a3b4-0000-7000-8000-000000000001' } }],
    ['of a caller who is not signed in', {}],
  ])('%s is byte for byte what the logger writes', (_, user) => {
    const request = { id: 'r-1', method: 'POST', ...user } as unknown as FastifyRequest;
    const route = '/api/profiles/:id(^"\\d+$)';
    const fields = {
      event: 'http.request',
      method: 'POST',
      route,
      statusCode: 201,
      durationMs: 12,
    };
    const { accountId } = (user as { user?: { accountId: string } }).user ?? {};
    expect(withoutTime(accessLine('info', route, request, REPLY))).toBe(
      withoutTime(lineOfLogger('r-1', { ...fields, userId: accountId })),
    );
  });
});
