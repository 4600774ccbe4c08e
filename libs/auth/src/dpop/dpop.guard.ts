import {
  type CanActivate,
  type ExecutionContext,
  Inject,
  Injectable,
  Logger,
} from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { AuthError } from '../auth.error.js';
import { policyOfRoute } from '../guards/route-policy.js';
import { dpopChallenge } from './dpop-challenge.js';
import { DpopProofs } from './dpop-proofs.service.js';
import { issuesTokensOfRoute } from './issues-tokens.decorator.js';
import { InvalidProof } from './proof-flaw.js';

type ProvenRequest = FastifyRequest & { dpopKey?: string };

/**
 * Global: on routes that open sessions (`@IssuesTokens()`) it verifies the `DPoP` header, if there is one or must be
 * one, and puts the thumbprint of its key on the request as `dpopKey`. A wrong proof is refused, never overlooked. It
 * comes after the guard of access tokens, which has verified the proof if the call belongs to a bound session.
 */
@Injectable()
export class DpopGuard implements CanActivate {
  private readonly log = new Logger('Authentication');
  private readonly issuesTokens = policyOfRoute(issuesTokensOfRoute);

  constructor(@Inject(DpopProofs) private readonly proofs: DpopProofs) {}

  canActivate(context: ExecutionContext): boolean | Promise<boolean> {
    if (!this.issuesTokens(context)) return true;
    const request = context.switchToHttp().getRequest<ProvenRequest>();
    if (request.dpopKey !== undefined) return true;
    if (request.headers.dpop === undefined && !this.proofs.areRequired) return true;
    return this.prove(request, context.switchToHttp().getResponse<FastifyReply>());
  }

  private async prove(request: ProvenRequest, reply: FastifyReply): Promise<boolean> {
    try {
      request.dpopKey = await this.proofs.verify(request, reply);
      return true;
    } catch (error) {
      if (!(error instanceof AuthError)) throw error;
      const reason = error instanceof InvalidProof ? error.flaw : undefined;
      reply.header('WWW-Authenticate', dpopChallenge(error));
      this.log.warn({ event: 'auth.refused', code: error.code, reason });
      throw error;
    }
  }
}
