import { issuesTokensOfRoute, policyOfRoute } from '@app/access';
import { type CanActivate, type ExecutionContext, Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { DpopProofService } from './dpop-proof.service.js';

type ProvenRequest = FastifyRequest & { dpopKey?: string };

/**
 * Global: on routes that open sessions (`@IssuesTokens()`), verifies the `DPoP` header if it is present or required,
 * and sets the thumbprint of its key on the request as `dpopKey`. An invalid proof is refused, never ignored. Runs
 * after JwtAuthGuard, which has verified the proof if the call belongs to a bound session.
 */
@Injectable()
export class DpopGuard implements CanActivate {
  private readonly issuesTokens = policyOfRoute(issuesTokensOfRoute);

  constructor(private readonly proofs: DpopProofService) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!this.issuesTokens(context)) return true;
    const request = context.switchToHttp().getRequest<ProvenRequest>();
    if (request.dpopKey !== undefined) return true;
    if (request.headers.dpop === undefined && !this.proofs.areRequired) return true;
    return this.prove(request, context.switchToHttp().getResponse<FastifyReply>());
  }

  private async prove(request: ProvenRequest, reply: FastifyReply): Promise<true> {
    request.dpopKey = await this.proofs.verify(request, reply);
    return true;
  }
}
