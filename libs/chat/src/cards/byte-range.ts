/** Some of the bytes of a file, the last one included. */
export interface ByteRange {
  readonly from: number;
  readonly to: number;
}

const RANGE = /^bytes=(\d{0,15})-(\d{0,15})$/i;

/**
 * The bytes that a `Range` asks for (RFC 9110 §14): `whole` without one, or with one that is odd or has several parts, which
 * a server may ignore; `none` for one that is not there.
 */
export function byteRange(header: string | undefined, size: number): ByteRange | 'whole' | 'none' {
  const [, first = '', last = ''] = RANGE.exec(header ?? '') ?? [];
  if (first === '' && last === '') return 'whole';
  if (first === '') {
    const count = Math.min(Number(last), size);
    return count === 0 ? 'none' : { from: size - count, to: size - 1 };
  }
  const range = { from: Number(first), to: Math.min(last === '' ? size : Number(last), size - 1) };
  if (last !== '' && Number(last) < range.from) return 'whole';
  return range.from >= size ? 'none' : range;
}
