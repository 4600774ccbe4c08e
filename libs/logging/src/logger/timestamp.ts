const SECOND_MS = 1_000;

let second = NaN;
let secondText = '';

/** A moment as `Date.toISOString` writes it; lines of one second share all but the milliseconds. */
export function timestamp(now = Date.now()): string {
  const millisecond = now % SECOND_MS;
  if (now - millisecond !== second) {
    second = now - millisecond;
    secondText = new Date(second).toISOString().slice(0, -4);
  }
  return `${secondText}${String(millisecond).padStart(3, '0')}Z`;
}
