import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { SecurityError } from '../errors/security.error.js';

/**
 * Refuses HEAD where the API has GET. The server would run the handler of GET for it and drop the answer: it would
 * make an export, for example, and audit it although no data was sent.
 */
@Injectable()
export class HeadGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const http = context.switchToHttp();
    const request = http.getRequest<FastifyRequest>();
    if (request.method !== 'HEAD') return true;
    // The catch-all of unknown addresses has a route for all methods, and says that there is nothing.
    const { method, url } = request.routeOptions;
    if (method !== 'HEAD' || !url?.startsWith('/api/')) return true;
    http.getResponse<FastifyReply>().header('Allow', 'GET');
    throw new SecurityError('method_not_allowed', 'Use GET for this address.');
  }
}
