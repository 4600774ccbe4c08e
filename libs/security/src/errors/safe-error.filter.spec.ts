import { type ArgumentsHost, Logger, NotFoundException } from '@nestjs/common';
import type { SecurityConfig } from '../security.config.js';
import { SafeErrorFilter } from './safe-error.filter.js';
import { SecurityError } from './security.error.js';

/** What a caller gets for what was thrown: the status, and the error of the envelope. */
function answerTo(thrown: unknown, { exposesDebug = false, isOutage = false } = {}) {
  let status = 0;
  let body: { error: Record<string, unknown> } | undefined;
  const reply = {
    status: (code: number) => {
      status = code;
      return reply;
    },
    header: () => reply,
    send: (sent: typeof body) => void (body = sent),
  };
  const request = { id: 'the-request', raw: {} };
  const http = { getResponse: () => reply, getRequest: () => request };
  const filter = new SafeErrorFilter(
    { not_found: 404, unavailable: 503 },
    () => 'Bearer',
    () => isOutage,
    { exposesDebug } as SecurityConfig,
  );
  filter.catch(thrown, { switchToHttp: () => http } as unknown as ArgumentsHost);
  return { status, ...body!.error };
}

const logged = vi.fn<(message: unknown) => void>();
beforeEach(() => void vi.spyOn(Logger.prototype, 'error').mockImplementation(logged));
afterEach(() => void vi.restoreAllMocks());

describe('an error that is not meant for the caller', () => {
  const secret = 'select * from accounts where password_hash = 1';

  it.each([
    ['an Error', new Error(secret)],
    ['a text', secret],
    ['an object', { message: secret, stack: secret }],
    ['nothing', undefined],
  ])('is answered with 500 and no word of it: %s', (_, thrown) => {
    expect(answerTo(thrown)).toEqual({
      status: 500,
      code: 'internal_error',
      message: 'Something went wrong on our side. Try again later.',
      requestId: 'the-request',
    });
  });

  it('is answered with 503 and no word of it where the database is away', () => {
    const answer = answerTo(new Error(secret), { isOutage: true });
    expect(answer).toMatchObject({ status: 503, code: 'unavailable' });
    expect(JSON.stringify(answer)).not.toContain('select');
  });

  it('of the framework keeps its status, in words of our own', () => {
    const answer = answerTo(new NotFoundException(secret));
    expect(answer).toMatchObject({ status: 404, code: 'not_found' });
    expect(JSON.stringify(answer)).not.toContain('select');
  });

  it('is described outside of production, without its stack', () => {
    const answer = answerTo(new TypeError('x is not a function'), { exposesDebug: true });
    expect(answer).toMatchObject({ debug: 'TypeError: x is not a function' });
    expect(JSON.stringify(answer)).not.toContain('.spec.ts');
  });

  it('goes to the log as it is', () => {
    const error = new Error(secret);
    answerTo(error);
    expect(logged).toHaveBeenCalledWith(
      expect.objectContaining({ event: 'request.failed', err: error }),
    );
  });
});

describe('an error that is meant for the caller', () => {
  it('is told in its own words', () => {
    expect(answerTo(SecurityError.unavailable(new Error('why')))).toMatchObject({
      status: 503,
      code: 'unavailable',
    });
  });
});
