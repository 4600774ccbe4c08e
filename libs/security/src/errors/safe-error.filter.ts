import {
  type ArgumentsHost,
  Catch,
  type ExceptionFilter,
  HttpException,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import { emitSignal } from '@app/signals';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { securityConfig } from '../security.config.js';
import { AuthChallenges, type Unauthenticated } from './auth-challenges.js';
import { DomainError } from './domain.error.js';
import { ErrorStatuses, OutageTest } from './error-statuses.js';
import { SecurityError, type SecurityErrorCode } from './security.error.js';

/** What the server and the framework refuse on their own, by status. */
const REFUSALS: Readonly<Record<number, readonly [SecurityErrorCode, string]>> = {
  400: ['malformed_body', 'The request could not be read. Send valid JSON.'],
  404: ['not_found', 'There is nothing at this address.'],
  408: ['request_timeout', 'The request took too long to arrive.'],
  413: ['body_too_large', 'The request is too large.'],
  415: ['unsupported_media_type', 'Send the body as application/json.'],
};

/** The statuses that are told to those who watch for attacks. */
const WATCHED: readonly number[] = [401, 403, 404];

type FailedRequest = FastifyRequest &
  Unauthenticated & { refusal?: DomainError; readonly user?: { readonly accountId: string } };

/**
 * Turns whatever is thrown into the error envelope. Domain errors speak for themselves; of anything else the
 * caller learns only that it was not their fault, and the log has the rest under the same request id.
 */
@Injectable()
@Catch()
export class SafeErrorFilter implements ExceptionFilter {
  private readonly log = new Logger('Errors');

  constructor(
    @Inject(ErrorStatuses) private readonly statuses: ErrorStatuses,
    @Inject(AuthChallenges) private readonly challenges: AuthChallenges,
    @Inject(OutageTest) private readonly isOutage: OutageTest,
    @Inject(securityConfig.KEY) private readonly config: ConfigType<typeof securityConfig>,
  ) {}

  catch(thrown: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp();
    const reply = http.getResponse<FastifyReply>();
    const request = http.getRequest<FailedRequest>();
    const error = isOfClient(thrown, request) ? GONE : this.asDomainError(thrown);
    const statusCode = this.statuses[error.code] ?? 500;
    if (statusCode >= 500) {
      this.log.error({ event: 'request.failed', code: error.code, err: error.cause ?? error });
    }
    const warning = error.warning();
    if (warning) this.log.warn({ ...warning, code: error.code });
    if (WATCHED.includes(statusCode)) {
      const { ip, user } = request;
      const { code } = error;
      const signal = { type: 'request.refused', ip, status: statusCode, code } as const;
      emitSignal(user ? { ...signal, accountId: user.accountId } : signal);
    }
    if (reply.sent) return;
    request.refusal = error;
    if (statusCode === 401) {
      void reply.header('WWW-Authenticate', this.challenges(error, request));
    }
    const { retryAfter } = error.extra;
    if (typeof retryAfter === 'number') void reply.header('Retry-After', retryAfter);
    void reply
      .status(statusCode)
      .header('Cache-Control', 'no-store')
      .send({
        success: false,
        error: {
          code: error.code,
          message: error.message,
          requestId: request.id,
          ...error.extra,
          ...(this.config.exposesDebug && statusCode >= 500
            ? { debug: describe(error.cause) }
            : {}),
        },
      });
  }

  private asDomainError(thrown: unknown): DomainError {
    if (thrown instanceof DomainError) return thrown;
    const status = clientStatus(thrown);
    if (status === 503 || this.isOutage(thrown)) return SecurityError.unavailable(thrown);
    const refusal = REFUSALS[status];
    if (refusal) return new SecurityError(refusal[0], refusal[1], {}, { cause: thrown });
    const message = 'Something went wrong on our side. Try again later.';
    return new SecurityError('internal_error', message, {}, { cause: thrown });
  }
}

/** For a client that has disconnected: that it left while it sent its body is neither an internal error nor an outage. */
const GONE = new SecurityError('malformed_body', 'The request could not be read.');

function isOfClient(thrown: unknown, { raw }: FailedRequest): boolean {
  return thrown instanceof Error && raw.errored === thrown;
}

/** The status of an error of Nest or Fastify; 0 for an internal error. */
function clientStatus(thrown: unknown): number {
  if (thrown instanceof HttpException) return thrown.getStatus();
  const { statusCode, code } = (thrown ?? {}) as { statusCode?: unknown; code?: unknown };
  const ofServer = typeof code === 'string' && code.startsWith('FST_ERR_');
  if (typeof statusCode !== 'number' || (!ofServer && !(thrown instanceof SyntaxError))) return 0;
  return statusCode;
}

function describe(cause: unknown): string | undefined {
  return cause instanceof Error ? `${cause.constructor.name}: ${cause.message}` : undefined;
}
