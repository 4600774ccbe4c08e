import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import { catchError, type Observable } from 'rxjs';
import { dpopChallenge } from './dpop-challenge.js';
import { InvalidProof } from './proof-flaw.js';

/** Where a proof turns out to be wrong only in the handler: says so as the guards do, in the log and to the app. */
@Injectable()
export class DpopRefusal implements NestInterceptor {
  private readonly log = new Logger('Authentication');

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (error instanceof InvalidProof) {
          const reply = context.switchToHttp().getResponse<FastifyReply>();
          reply.header('WWW-Authenticate', dpopChallenge(error));
          this.log.warn({ event: 'auth.refused', code: error.code, reason: error.flaw });
        }
        throw error;
      }),
    );
  }
}
