/**
 * One spelling for what differs only by case, width or composition: `Ada`, `ada` and a full-width `ａｄａ` are one
 * name. Letters of different scripts that look alike stay different. What tells accounts apart and what guesses at
 * an account are counted by must be the same, or each spelling would have a limit of its own.
 */
export function caseFold(name: string): string {
  return name.normalize('NFKC').toLowerCase().replaceAll('ς', 'σ');
}
