import {
  type CallHandler,
  type ExecutionContext,
  Inject,
  Injectable,
  type NestInterceptor,
  SetMetadata,
} from '@nestjs/common';
import { Reflector } from '@nestjs/core';
import { map, type Observable } from 'rxjs';

const BARE_RESPONSE = Symbol('BARE_RESPONSE');

/** Sends what the handler returns as it is: health probes have a format of their own. */
export const BareResponse = () => SetMetadata(BARE_RESPONSE, true);

/** Wraps every result as `{ "success": true, "data": … }`. */
@Injectable()
export class EnvelopeInterceptor implements NestInterceptor {
  constructor(@Inject(Reflector) private readonly reflector: Reflector) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    if (this.reflector.get<boolean | undefined>(BARE_RESPONSE, context.getHandler())) {
      return next.handle();
    }
    return next.handle().pipe(map((data: unknown) => ({ success: true, data: data ?? null })));
  }
}
