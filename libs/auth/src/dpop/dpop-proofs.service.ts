import { httpConfig } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { createHash } from 'node:crypto';
import { DpopNonces } from './dpop-nonces.service.js';
import { readProof } from './dpop-proof.js';
import { dpopConfig } from './dpop.config.js';
import { InvalidProof, nonceRequired, proofRequired } from './proof-flaw.js';
import { ProofReplay } from './proof-replay.service.js';
import { FURTHEST_AHEAD, LONGEST_AGO } from './proof-window.js';
import { isAddress, requestAddress } from './request-address.js';

/** What a proof that comes with an access token must fit to. */
export interface TokenBinding {
  readonly token: string;
  /** The thumbprint in its `cnf.jkt`. */
  readonly key: string;
}

/** Verifies the proofs of requests: all checks of RFC 9449 §4.3. */
@Injectable()
export class DpopProofs {
  /** Whether nothing is to be had without a proof. */
  readonly areRequired: boolean;

  constructor(
    @Inject(dpopConfig.KEY) private readonly config: ConfigType<typeof dpopConfig>,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
    @Inject(DpopNonces) private readonly nonces: DpopNonces,
    @Inject(ProofReplay) private readonly replay: ProofReplay,
  ) {
    this.areRequired = config.isRequired;
  }

  /**
   * The thumbprint of the key whose holder makes this request, by its `DPoP` header. The proof is used up only if all
   * of it is right.
   *
   * @throws AuthError `dpop_proof_required`, `invalid_dpop_proof`, `use_dpop_nonce`
   */
  async verify(
    request: FastifyRequest,
    reply: FastifyReply,
    binding?: TokenBinding,
  ): Promise<string> {
    if (this.config.needsNonce) reply.header('DPoP-Nonce', this.nonces.current());
    const header = request.headers.dpop;
    if (header === undefined) throw proofRequired();
    const proof = await readProof(header);
    if (proof.method !== request.method) throw new InvalidProof('htm');
    const address = requestAddress(request, this.http.publicUrl);
    if (!address || !isAddress(proof.address, address)) throw new InvalidProof('htu');
    const age = Date.now() / 1000 - proof.issuedAt;
    if (age > LONGEST_AGO || age < -FURTHEST_AHEAD) throw new InvalidProof('iat');
    if (binding && proof.key !== binding.key) throw new InvalidProof('key');
    if (binding && proof.tokenHash !== hashOf(binding.token)) throw new InvalidProof('ath');
    if (this.config.needsNonce && !this.nonces.accepts(proof.nonce)) throw nonceRequired();
    const isFirst = await this.replay.isFirstUse(proof, binding !== undefined);
    if (!isFirst) throw new InvalidProof('jti');
    return proof.key;
  }
}

/** As `ath` has it: base64url of the SHA-256 of the token's characters. */
function hashOf(token: string): string {
  return createHash('sha256').update(token).digest('base64url');
}
