/** How long ago a proof may have been made: clocks of phones are slow, and calls take their time. Seconds. */
export const LONGEST_AGO = 60;

/** How far ahead of our clock it may be. Each second of it is one for which a proof must be remembered longer. Seconds. */
export const FURTHEST_AHEAD = 10;

/** How far the clocks of instances are apart at most. Seconds. */
const CLOCK_SKEW = 10;

/** How long a used proof is remembered: until no instance would accept it any more. Seconds. */
export const REMEMBERED_FOR = LONGEST_AGO + FURTHEST_AHEAD + CLOCK_SKEW;
