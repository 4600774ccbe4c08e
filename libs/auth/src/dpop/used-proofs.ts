import { REMEMBERED_FOR } from './proof-window.js';

/**
 * The most proofs that are remembered: about as many as one process verifies within that time (6,000 a second). Each
 * takes some 200 bytes.
 */
const MOST = 480_000;

interface UsedProof {
  readonly issuedAt: number;
  readonly endsAt: number;
}

/**
 * The proofs that this process has seen. It never forgets in silence: what it cannot know (proofs from before it
 * began, and those that had to make room) moves the time from which on proofs are accepted at all. Times in seconds
 * since 1970.
 */
export class UsedProofs {
  private readonly seen = new Map<string, UsedProof>();

  /**
   * @param earliest proofs issued before are refused, as nobody remembers whether an earlier process has seen them
   * @param most how many are remembered
   */
  constructor(
    private earliest: number,
    private readonly most = MOST,
  ) {}

  /** False if it was used before, or if that cannot be ruled out. */
  use(id: string, issuedAt: number, now: number): boolean {
    this.forgetEnded(now);
    if (issuedAt < this.earliest || this.seen.has(id)) return false;
    if (this.seen.size >= this.most) this.makeRoom();
    this.seen.set(id, { issuedAt, endsAt: now + REMEMBERED_FOR });
    return true;
  }

  /** They end in the order in which they came, so each is looked at about once. */
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
