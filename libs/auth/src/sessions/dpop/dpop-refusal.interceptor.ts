import {
  type CallHandler,
  type ExecutionContext,
  Injectable,
  Logger,
  type NestInterceptor,
} from '@nestjs/common';
import { catchError, type Observable } from 'rxjs';
import { InvalidProofError } from './invalid-proof.error.js';

/** Logs a proof that is found invalid in the handler, as the guards log theirs. */
@Injectable()
export class DpopRefusalInterceptor implements NestInterceptor {
  private readonly log = new Logger('Authentication');

  intercept(_context: ExecutionContext, next: CallHandler): Observable<unknown> {
    return next.handle().pipe(
      catchError((error: unknown) => {
        if (error instanceof InvalidProofError) {
          this.log.warn({ event: 'auth.refused', code: error.code, reason: error.flaw });
        }
        throw error;
      }),
    );
  }
}
