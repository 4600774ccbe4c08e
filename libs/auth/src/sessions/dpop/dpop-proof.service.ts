import { httpConfig } from '@app/security';
import { Inject, Injectable } from '@nestjs/common';
import type { ConfigType } from '@nestjs/config';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { sha256 } from '../../accounts/credentials/sha256.js';
import { DpopNonceService } from './dpop-nonce.service.js';
import { readProof } from './dpop-proof.js';
import { dpopConfig } from './dpop.config.js';
import { DpopError } from './dpop.error.js';
import { InvalidProofError } from './invalid-proof.error.js';
import { ProofReplayService } from './proof-replay.service.js';
import { MAX_AGE_SECONDS, MAX_AHEAD_SECONDS } from './proof-window.js';
import { isAddress, requestAddress } from './request-address.js';

/** The access token that a proof must match. */
export interface TokenBinding {
  readonly token: string;
  /** The thumbprint in the token's `cnf.jkt`. */
  readonly key: string;
}

/** Verifies the proofs of requests: all checks of RFC 9449 §4.3. */
@Injectable()
export class DpopProofService {
  /** Whether every session must be bound to a key. */
  readonly areRequired: boolean;

  constructor(
    @Inject(dpopConfig.KEY) private readonly config: ConfigType<typeof dpopConfig>,
    @Inject(httpConfig.KEY) private readonly http: ConfigType<typeof httpConfig>,
    private readonly nonces: DpopNonceService,
    private readonly replay: ProofReplayService,
  ) {
    this.areRequired = config.isRequired;
  }

  /**
   * Verifies the `DPoP` header of a request and returns the thumbprint of its key. The proof is consumed only if every
   * other check has passed.
   *
   * @throws DpopError `dpop_proof_required`, `invalid_dpop_proof`, `use_dpop_nonce`
   */
  async verify(
    request: FastifyRequest,
    reply: FastifyReply,
    binding?: TokenBinding,
  ): Promise<string> {
    if (this.config.needsNonce) reply.header('DPoP-Nonce', this.nonces.current());
    const header = request.headers.dpop;
    if (header === undefined) throw DpopError.proofRequired();
    const proof = await readProof(header);
    if (proof.method !== request.method) throw new InvalidProofError('htm');
    const address = requestAddress(request, this.http.publicUrl);
    if (!address || !isAddress(proof.address, address)) throw new InvalidProofError('htu');
    const age = Date.now() / 1000 - proof.issuedAt;
    if (age > MAX_AGE_SECONDS || age < -MAX_AHEAD_SECONDS) throw new InvalidProofError('iat');
    if (binding && proof.key !== binding.key) throw new InvalidProofError('key');
    if (binding && proof.tokenHash !== sha256(binding.token)) throw new InvalidProofError('ath');
    if (this.config.needsNonce && !this.nonces.accepts(proof.nonce))
      throw DpopError.nonceRequired();
    const isFirst = await this.replay.isFirstUse(proof, binding !== undefined);
    if (!isFirst) throw new InvalidProofError('jti');
    return proof.key;
  }
}
