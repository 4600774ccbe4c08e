import { PROOF_MEMORY_SECONDS } from './proof-window.js';

/**
 * The most remembered proofs: about as many as one process verifies within PROOF_MEMORY_SECONDS (6,000 per second).
 * Each takes some 200 bytes.
 */
const MAX_PROOFS = 480_000;

interface UsedProof {
  readonly issuedAt: number;
  readonly endsAt: number;
}

/**
 * The proofs used on this process. Where it cannot rule out an earlier use (proofs issued before it started, and
 * evicted ones), it raises the earliest accepted time of issue. Times in seconds since 1970.
 */
export class UsedProofs {
  private readonly seen = new Map<string, UsedProof>();

  /**
   * @param earliest proofs issued before are refused, because an earlier process may have accepted them
   * @param most how many are remembered
   */
  constructor(
    private earliest: number,
    private readonly most = MAX_PROOFS,
  ) {}

  /** False if the proof was used before, or if that cannot be ruled out. */
  use(id: string, issuedAt: number, now: number): boolean {
    this.forgetEnded(now);
    if (issuedAt < this.earliest || this.seen.has(id)) return false;
    if (this.seen.size >= this.most) this.makeRoom();
    this.seen.set(id, { issuedAt, endsAt: now + PROOF_MEMORY_SECONDS });
    return true;
  }

  /** Entries expire in insertion order, so each is visited about once. */
  private forgetEnded(now: number): void {
    for (const [id, { endsAt }] of this.seen) {
      if (endsAt > now) return;
      this.seen.delete(id);
    }
  }

  private makeRoom(): void {
    const [oldest] = this.seen;
    if (!oldest) return;
    const [id, { issuedAt }] = oldest;
    this.seen.delete(id);
    this.earliest = Math.max(this.earliest, Math.floor(issuedAt) + 1);
  }
}
