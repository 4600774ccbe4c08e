/** How large an image is. Pixels. */
export interface ImageSize {
  readonly width: number;
  readonly height: number;
}

/** Longest side that is believed. Pixels. */
const LONGEST_SIDE = 65_535;

/** How many segments of a JPEG are passed in search of its size. */
const MAX_SEGMENTS = 200;

/** A byte after 0xff that begins a frame, which has the size; the others in that range mean something else. */
const isFrame = (marker: number) =>
  marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);

/** The size of an image as its header tells; undefined where that is cut, odd, or of another type. */
export function imageSizeOf(mediaType: string, bytes: Buffer): ImageSize | undefined {
  try {
    const size = read(mediaType, bytes);
    if (!size || [size.width, size.height].some((side) => side < 1 || side > LONGEST_SIDE)) {
      return undefined;
    }
    return size;
  } catch {
    return undefined; // it ends before it tells
  }
}

function read(mediaType: string, bytes: Buffer): ImageSize | undefined {
  switch (mediaType) {
    case 'image/png':
      return { width: bytes.readUInt32BE(16), height: bytes.readUInt32BE(20) };
    case 'image/gif':
      return { width: bytes.readUInt16LE(6), height: bytes.readUInt16LE(8) };
    case 'image/webp':
      return webpSize(bytes);
    case 'image/jpeg':
      return jpegSize(bytes);
    default:
      return undefined;
  }
}

function webpSize(bytes: Buffer): ImageSize | undefined {
  switch (bytes.toString('latin1', 12, 16)) {
    case 'VP8 ':
      return { width: bytes.readUInt16LE(26) & 0x3fff, height: bytes.readUInt16LE(28) & 0x3fff };
    case 'VP8L': {
      const bits = bytes.readUInt32LE(21);
      return { width: (bits & 0x3fff) + 1, height: ((bits >>> 14) & 0x3fff) + 1 };
    }
    case 'VP8X':
      return { width: bytes.readUIntLE(24, 3) + 1, height: bytes.readUIntLE(27, 3) + 1 };
    default:
      return undefined;
  }
}

function jpegSize(bytes: Buffer): ImageSize | undefined {
  let at = 2;
  for (let segment = 0; segment < MAX_SEGMENTS; segment += 1) {
    if (bytes.readUInt8(at) !== 0xff) return undefined;
    const marker = bytes.readUInt8(at + 1);
    if (isFrame(marker)) {
      return { width: bytes.readUInt16BE(at + 7), height: bytes.readUInt16BE(at + 5) };
    }
    at += 2 + bytes.readUInt16BE(at + 2);
  }
  return undefined;
}
