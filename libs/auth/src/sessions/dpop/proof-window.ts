/** The highest age of a proof: allows for slow clocks of phones and slow networks. Seconds. */
export const MAX_AGE_SECONDS = 60;

/** How far ahead of the server's clock `iat` may be. Each second prolongs the memory of used proofs. Seconds. */
export const MAX_AHEAD_SECONDS = 10;

/** The largest difference between the clocks of instances. Seconds. */
const CLOCK_SKEW_SECONDS = 10;

/** How long a used proof is remembered: until no instance would accept it for its age. Seconds. */
export const PROOF_MEMORY_SECONDS = MAX_AGE_SECONDS + MAX_AHEAD_SECONDS + CLOCK_SKEW_SECONDS;
