/** How long a change holds, as services take it; undefined, as in the API: until it is taken back. */
export function millisecondsOf(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1_000;
}
